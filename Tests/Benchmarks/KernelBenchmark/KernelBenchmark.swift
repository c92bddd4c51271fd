import Disturbance
import Foundation
import Kernels

/// Times every kernel on every instruction set of this machine, and compares their results to the last bit.
///
/// USAGE   swift run -c release KernelBenchmark [--check]
///         --check  no times: small planes, and status 1 where two instruction sets give different bits
/// MEASURES  nanoseconds a pixel, the best of interleaved rounds, and the share of the bandwidth that copying memory
///         reaches in the same run, for planes that no cache holds
@main
struct KernelBenchmark {
    static func main() {
        let isCheck = CommandLine.arguments.contains("--check")
        let sets = InstructionSet.allCases.filter(\.isSupported)
        let planes = isCheck ? Planes(rows: 67, columns: 88) : Planes(rows: 1024, columns: 2048)
        let cases = KernelCase.all(on: planes)
        let rounds = isCheck ? 1 : 5
        let copying = isCheck ? 0 : planes.copyNanosecondsPerByte(rounds: rounds)
        if !isCheck { print(Self.heading(sets, bytesPerSecond: 1e9 / copying)) }
        var differing: [String] = []
        for kernel in cases {
            var best = [Double](repeating: .infinity, count: sets.count)
            var results = [UInt64](repeating: 0, count: sets.count)
            for round in 0..<rounds {
                for (index, set) in sets.enumerated() {
                    kernel.prepare()
                    let start = DispatchTime.now().uptimeNanoseconds
                    kernel.run(set.kernels)
                    let time = Double(DispatchTime.now().uptimeNanoseconds - start)
                    best[index] = min(best[index], time / Double(planes.count))
                    if round == 0 { results[index] = kernel.digest() }
                }
            }
            if Set(results).count > 1 { differing.append(kernel.name) }
            if !isCheck { print(Self.line(of: kernel, best, copying: copying)) }
        }
        for name in differing { print("\(name): instruction sets give different bits") }
        if differing.isEmpty {
            print("\(cases.count) kernels: the same bits with \(sets.map(\.rawValue).joined(separator: ", "))")
        }
        exit(differing.isEmpty ? 0 : 1)
    }

    private static func heading(_ sets: [InstructionSet], bytesPerSecond: Double) -> String {
        let columns = sets.map { "\($0.rawValue) ns/px" } + sets.map { "\($0.rawValue) of copying" }
        return String(format: "Copying memory: %.1f GB/s read and written\n", bytesPerSecond / 1e9)
            + (["kernel"] + columns).joined(separator: " | ")
    }

    private static func line(of kernel: KernelCase, _ best: [Double], copying: Double) -> String {
        let times = best.map { String(format: "%.3f", $0) }
        let shares = best.map { String(format: "%.0f %%", 100 * kernel.bytesPerPixel * copying / $0) }
        return ([kernel.name] + times + shares).joined(separator: " | ")
    }
}
