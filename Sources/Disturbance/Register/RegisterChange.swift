/// A change of a register that is ready to be made.
///
/// The file of a register is held as long as this object lives.
final class RegisterChange {
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
