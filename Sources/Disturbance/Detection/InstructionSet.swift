public import Kernels
internal import KernelsBaseline

#if arch(x86_64)
    internal import CProcessor
    internal import KernelsAVX2
    internal import KernelsAVX512
#endif

/// Instructions of a processor that the kernels are compiled for.
public enum InstructionSet: String, CaseIterable, Sendable {
    /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
    case baseline
    #if arch(x86_64)
        case avx2
        case avx512
    #endif

    /// Whether this machine has it.
    public var isSupported: Bool {
        switch self {
        case .baseline: true
        #if arch(x86_64)
            case .avx2: processor_has_avx2() != 0
            case .avx512: processor_has_avx512() != 0
        #endif
        }
    }

    public var kernels: any KernelSet.Type {
        switch self {
        case .baseline: KernelsBaseline.VectorKernels.self
        #if arch(x86_64)
            case .avx2: KernelsAVX2.VectorKernels.self
            case .avx512: KernelsAVX512.VectorKernels.self
        #endif
        }
    }

    /// The widest that this machine has.
    public static let best = allCases.last(where: \.isSupported) ?? .baseline
}

/// The kernels that everything is computed with; no result depends on which these are.
let kernels = InstructionSet.best.kernels
let harmonicTerms = kernels.harmonicTerms
let medianAbsoluteDeviationScale = kernels.medianAbsoluteDeviationScale
