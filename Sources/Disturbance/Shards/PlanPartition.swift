internal import Foundation
internal import Geospatial

/// Parts the groups of a plan into shards: neighbours together, balanced by bytes to read, no group in two.
///
/// The groups are halved again and again, from west to east or from north to south, whichever cut parts fewer blocks. A
/// block on a cut is decoded on both sides of it, so of all cuts that leave the halves nearly even the one is taken that
/// goes through the fewest bytes: between two tiles where there are several, along the edges of blocks within one.
struct PlanPartition {
    /// One shard.
    struct Part {
        /// Positions in the plan, ascending.
        let groups: [Int]
        /// Decoded size of its blocks.
        let decodedBytes: Int
    }

    /// At least one group each: fewer than asked for where there are fewer groups.
    let parts: [Part]
    /// Decoded size of the blocks of all parts, over that of all blocks; 1 where no block is in two parts.
    let readFactor: Double

    /// A cut may leave a half this much larger or smaller than it should be.
    private static let imbalance = 0.1

    /// Files with the same grid and blocks are read alike: one entry for all of them.
    private struct BlockStack: Hashable {
        let layout: Int
        let row: Int
        let column: Int
    }

    private struct Member {
        let group: Int
        /// Middle, longitude and latitude.
        let place: Coordinate
        /// Indices of block stacks.
        let stacks: [Int]
        /// Its share of the bytes it needs.
        var weight = 0.0
    }

    init(of plan: ScanPlan, shards: Int) throws {
        precondition(shards >= 1)
        var layouts: [RasterHeader: Int] = [:]
        let layoutOfFile = plan.files.map { file in
            let layout = layouts[file.header] ?? layouts.count
            layouts[file.header] = layout
            return layout
        }
        let blockBytes = plan.files.reduce(into: [Int: Int]()) { bytes, file in
            let header = file.header
            bytes[layouts[header]!] = header.blockRows * header.blockColumns * header.pixelType.byteCount
        }
        /// Files of one group that are read alike.
        struct Reading: Hashable {
            let rectangle: Int
            let layout: Int
        }
        var readings: [PlannedImagery: [Reading: Int]] = [:]
        var numbers: [BlockStack: Int] = [:]
        var bytes: [Double] = []
        var uses: [Double] = []
        var members: [Member] = []
        var planes = PlanesOnGround()
        for (index, planned) in plan.groups.enumerated() {
            let grid = planned.group.grid
            let plane = try planes.plane(of: grid.crs)
            let imagery = planned.imagery
            let read =
                readings[imagery]
                ?? zip(imagery.files, imagery.rectangles).reduce(into: [:]) { counts, each in
                    counts[Reading(rectangle: each.1, layout: layoutOfFile[each.0]), default: 0] += 1
                }
            readings[imagery] = read
            var files: [BlockStack: Int] = [:]
            for (reading, count) in read {
                let blocks = planned.rectangles[reading.rectangle].blocks
                for row in blocks.rows {
                    for column in blocks.columns {
                        files[BlockStack(layout: reading.layout, row: row, column: column), default: 0] += count
                    }
                }
            }
            var stacks: [Int] = []
            for (stack, count) in files {
                let number = numbers[stack] ?? numbers.count
                numbers[stack] = number
                if number == bytes.count {
                    bytes.append(0)
                    uses.append(0)
                }
                bytes[number] = max(bytes[number], Double(count * blockBytes[stack.layout]!))
                uses[number] += 1
                stacks.append(number)
            }
            members.append(
                Member(
                    group: index, place: try plane.toWGS84.transform([grid.envelope.centre])[0],
                    stacks: stacks.sorted()))
        }
        for index in members.indices {
            // A group without a block costs a little too.
            members[index].weight = members[index].stacks.reduce(1) { $0 + bytes[$1] / uses[$1] }
        }
        var cut = Cutting(bytes: bytes, used: [Int32](repeating: 0, count: bytes.count))
        let pieces = cut.pieces(of: members, count: min(shards, max(members.count, 1)))
        parts = pieces.map { piece in
            let stacks = Set(piece.flatMap(\.stacks))
            return Part(
                groups: piece.map(\.group).sorted(), decodedBytes: Int(stacks.reduce(0) { $0 + bytes[$1] }))
        }
        let all = bytes.reduce(0, +)
        readFactor = all > 0 ? Double(parts.reduce(0) { $0 + $1.decodedBytes }) / all : 1
    }

    private struct Cutting {
        /// Of each block stack.
        let bytes: [Double]
        /// Members on one side that use each block stack, while a cut is looked for.
        var used: [Int32]

        mutating func pieces(of members: [Member], count: Int) -> [[Member]] {
            guard count > 1 else { return members.isEmpty ? [] : [members] }
            let first = count / 2
            let orders = [
                members.sorted { ($0.place.x, $0.group) < ($1.place.x, $1.group) },
                members.sorted { (-$0.place.y, $0.group) < (-$1.place.y, $1.group) },
            ]
            let cuts = orders.map { best(in: $0, share: Double(first) / Double(count), first: first, count: count) }
            let axis = cuts[1].cost < cuts[0].cost ? 1 : 0
            let (order, position) = (orders[axis], cuts[axis].position)
            return pieces(of: Array(order[..<position]), count: first)
                + pieces(of: Array(order[position...]), count: count - first)
        }

        /// Where to cut an order of members, and the bytes that both sides would read.
        private mutating func best(
            in order: [Member], share: Double, first: Int, count: Int
        ) -> (position: Int, cost: Double) {
            let total = order.reduce(0) { $0 + $1.weight }
            var totals: [Int: Int32] = [:]
            for member in order { for stack in member.stacks { totals[stack, default: 0] += 1 } }
            defer { for stack in totals.keys { used[stack] = 0 } }
            var parted = 0.0
            var sum = 0.0
            var best: (position: Int, isEven: Bool, cost: Double, error: Double)?
            for (index, member) in order.enumerated() {
                sum += member.weight
                for stack in member.stacks {
                    let all = totals[stack]!
                    if used[stack] == 0, all > 1 { parted += bytes[stack] }
                    used[stack] += 1
                    if used[stack] == all, all > 1 { parted -= bytes[stack] }
                }
                let position = index + 1
                guard position >= first, order.count - position >= count - first else { continue }
                let error = abs(sum / total - share)
                let isEven = error <= PlanPartition.imbalance * min(share, 1 - share)
                let next = (position: position, isEven: isEven, cost: parted, error: error)
                guard let current = best else {
                    best = next
                    continue
                }
                let isBetter =
                    isEven != current.isEven
                    ? isEven
                    : isEven
                        ? (next.cost, next.error) < (current.cost, current.error) : next.error < current.error
                if isBetter { best = next }
            }
            return (best!.position, best!.cost)
        }
    }
}
