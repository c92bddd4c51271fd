/// A change of a register that is ready to be made.
///
/// The file of a register is held, and a transaction of a database or a large file is open, as long as this object
/// lives; what is not committed by then is taken back.
final class RegisterChange: @unchecked Sendable {
    // Unchecked, since a dataset is not Sendable: one thread makes the change ready and another one, later, makes it.
    /// What making it does.
    let outcome: Register.Outcome
    private let make: () throws -> Void
    private let takeBack: () -> Void

    /// - Parameters:
    ///   - commit: Makes the change, or throws and leaves the register as it was.
    ///   - undo: Takes it back after that.
    init(outcome: Register.Outcome, commit: @escaping () throws -> Void, undo: @escaping () -> Void = {}) {
        self.outcome = outcome
        make = commit
        takeBack = undo
    }

    /// Nothing to change.
    static var none: RegisterChange { RegisterChange(outcome: .unchanged) {} }

    func commit() throws { try make() }
    func undo() { takeBack() }
}
