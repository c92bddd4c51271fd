public struct Geometry: Sendable { public let wkb: [UInt8]; public init(wkb: [UInt8]) throws { self.wkb = wkb } }
