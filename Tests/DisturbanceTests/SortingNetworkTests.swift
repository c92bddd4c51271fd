import Testing

@testable import Disturbance

struct SortingNetworkTests {
    /// Every sequence of zeros and ones: a network that sorts these sorts everything (Knuth, 5.3.4, theorem Z).
    @Test func sortsEveryShortSequence() {
        for count in 0...12 {
            let network = SortingNetwork(count: count)
            for bits in 0..<1 << count {
                var sequence = (0..<count).map { bits >> $0 & 1 }
                for exchange in network.exchanges where sequence[Int(exchange.low)] > sequence[Int(exchange.high)] {
                    sequence.swapAt(Int(exchange.low), Int(exchange.high))
                }
                #expect(sequence == sequence.sorted())
            }
        }
    }

    @Test(arguments: [13, 31, 32, 33, 64, 100, 257]) func sortsLongSequences(count: Int) {
        let network = SortingNetwork(count: count)
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            var sequence = (0..<count).map { _ in random.uniform(0...1) }
            let expected = sequence.sorted()
            for exchange in network.exchanges where sequence[Int(exchange.low)] > sequence[Int(exchange.high)] {
                sequence.swapAt(Int(exchange.low), Int(exchange.high))
            }
            #expect(sequence == expected)
        }
    }
}
