internal import Disturbance
internal import Foundation

/// Which member of an array of jobs this process is, as schedulers tell it.
enum ArrayIndex {
    /// Slurm, Kubernetes' Indexed Jobs, AWS Batch, PBS.
    static let variables = [
        "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "PBS_ARRAY_INDEX",
    ]

    /// - Throws: `ConfigurationError` where none is set, or is no number.
    static func current() throws -> Int {
        let environment = ProcessInfo.processInfo.environment
        for name in variables {
            guard let text = environment[name], !text.isEmpty else { continue }
            guard let index = Int(text), index >= 0 else {
                throw ConfigurationError(
                    subject: name, message: "is '\(text)', no number from 0. Give the shard with --shard")
            }
            return index
        }
        throw ConfigurationError(
            subject: "--shard",
            message: "is not given, and none of \(variables.joined(separator: ", ")) is set. Give the shard's number")
    }
}
