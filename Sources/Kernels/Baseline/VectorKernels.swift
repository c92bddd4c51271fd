public import Kernels

/// The kernels as compiled for one instruction set; one file for each group of them.
public enum VectorKernels: KernelSet {}
