/// Which pairs of a sequence must be put in order, one after another, to sort it: Batcher's merge exchange (Knuth, The
/// Art of Computer Programming, 5.2.2, algorithm M). The pairs do not depend on the values, so many sequences are sorted
/// at once, one in each lane.
package struct SortingNetwork {
    /// Places of the lesser and of the greater value.
    package let exchanges: [(low: Int32, high: Int32)]

    package init(count: Int) {
        var exchanges: [(low: Int32, high: Int32)] = []
        if count > 1 {
            var top = 1
            while top * 2 < count { top *= 2 }
            var p = top
            while p > 0 {
                var q = top
                var r = 0
                var d = p
                while true {
                    for place in 0..<count - d where place & p == r {
                        exchanges.append((Int32(place), Int32(place + d)))
                    }
                    guard q != p else { break }
                    d = q - p
                    q /= 2
                    r = p
                }
                p /= 2
            }
        }
        self.exchanges = exchanges
    }
}
