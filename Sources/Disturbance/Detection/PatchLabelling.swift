/// Patches of changed pixels: connected at a side or a corner, and kept where they hold a seed.
struct PatchLabelling {
    /// The patch of each pixel, counted from 1 in the order of their first pixels; 0 where there is none.
    let labels: [Int32]
    /// Pixel indices of each patch, ascending; patch 1 comes first.
    let patches: [[Int]]

    /// - Parameters:
    ///   - candidates: Pixels a patch may hold; others are 0.
    ///   - seeds: A patch without any of these pixels is dropped.
    ///   - minimumPixels: Smaller patches are dropped.
    init(candidates: [UInt8], seeds: [UInt8], rows: Int, columns: Int, minimumPixels: Int) {
        var parent: [Int32] = []
        var provisional = [Int32](repeating: -1, count: candidates.count)
        func root(_ label: Int32) -> Int32 {
            var label = label
            while parent[Int(label)] != label {
                parent[Int(label)] = parent[Int(parent[Int(label)])]
                label = parent[Int(label)]
            }
            return label
        }
        for row in 0..<rows {
            for column in 0..<columns {
                let pixel = row * columns + column
                guard candidates[pixel] != 0 else { continue }
                var label: Int32 = -1
                func join(_ neighbour: Int) {
                    let other = provisional[neighbour]
                    guard other >= 0 else { return }
                    if label < 0 {
                        label = root(other)
                    } else {
                        let first = root(label)
                        let second = root(other)
                        parent[Int(max(first, second))] = min(first, second)
                        label = min(first, second)
                    }
                }
                if column > 0 { join(pixel - 1) }
                if row > 0 {
                    if column > 0 { join(pixel - columns - 1) }
                    join(pixel - columns)
                    if column + 1 < columns { join(pixel - columns + 1) }
                }
                if label < 0 {
                    label = Int32(parent.count)
                    parent.append(label)
                }
                provisional[pixel] = label
            }
        }
        var members: [Int32: [Int]] = [:]
        var hasSeed: Set<Int32> = []
        var order: [Int32] = []
        for pixel in candidates.indices where provisional[pixel] >= 0 {
            let label = root(provisional[pixel])
            if members[label] == nil { order.append(label) }
            members[label, default: []].append(pixel)
            if seeds[pixel] != 0 { hasSeed.insert(label) }
        }
        var labels = [Int32](repeating: 0, count: candidates.count)
        var patches: [[Int]] = []
        for label in order where hasSeed.contains(label) && members[label]!.count >= minimumPixels {
            patches.append(members[label]!)
            for pixel in members[label]! { labels[pixel] = Int32(patches.count) }
        }
        self.labels = labels
        self.patches = patches
    }

    /// Only the patches that fulfil a condition, counted anew.
    func keeping(where isKept: ([Int]) -> Bool) -> PatchLabelling {
        let kept = patches.filter(isKept)
        var labels = [Int32](repeating: 0, count: labels.count)
        for (index, patch) in kept.enumerated() { for pixel in patch { labels[pixel] = Int32(index + 1) } }
        return PatchLabelling(labels: labels, patches: kept)
    }

    /// Parts patches along ground that is known from earlier runs, so that each known disturbance stays itself and what
    /// is new beside it is a disturbance of its own.
    ///
    /// Of a patch on known ground, the parts more than a pixel away from it become patches where `isNew` says so; every
    /// other pixel stays with the known ground it lies on, or with the one the patch shares most with.
    /// - Parameters:
    ///   - known: Number of the known ground of each pixel, from 1; 0 where there is none.
    ///   - isNew: Whether pixels are many and strong enough for a patch of their own.
    func parted(
        along known: [Int32], rows: Int, columns: Int, minimumPixels: Int, isNew: ([Int]) -> Bool
    ) -> PatchLabelling {
        var near = known.map { UInt8($0 > 0 ? 1 : 0) }
        dilate(&near, rows: rows, columns: columns, radius: 1)
        let everywhere = [UInt8](repeating: 1, count: known.count)
        var parts: [[Int]] = []
        for patch in patches {
            let shares = Dictionary(grouping: patch.filter { known[$0] > 0 }, by: { known[$0] }).mapValues(\.count)
            // The largest share; of equal ones the ground known under the lower number.
            guard let main = shares.min(by: { ($1.value, $0.key) < ($0.value, $1.key) })?.key else {
                parts.append(patch)
                continue
            }
            var away = [UInt8](repeating: 0, count: known.count)
            for pixel in patch where near[pixel] == 0 { away[pixel] = 1 }
            let fresh = PatchLabelling(
                candidates: away, seeds: everywhere, rows: rows, columns: columns, minimumPixels: minimumPixels
            ).patches.filter(isNew)
            let isFresh = Set(fresh.joined())
            let staying = Dictionary(grouping: patch.filter { !isFresh.contains($0) }) { pixel -> Int32 in
                shares[known[pixel], default: 0] >= minimumPixels ? known[pixel] : main
            }
            parts += fresh
            parts += staying.sorted { $0.key < $1.key }.map(\.value)
        }
        // In the order of their first pixels, as patches are always counted.
        parts.sort { $0[0] < $1[0] }
        var labels = [Int32](repeating: 0, count: known.count)
        for (index, part) in parts.enumerated() { for pixel in part { labels[pixel] = Int32(index + 1) } }
        return PatchLabelling(labels: labels, patches: parts)
    }

    private init(labels: [Int32], patches: [[Int]]) {
        self.labels = labels
        self.patches = patches
    }
}
