import Disturbance
import Testing

struct RunPaceTests {
    @Test func paceAndTimeLeftFollowWhatWasComparedSinceTheFirst() {
        var pace = RunPace(seconds: 100)
        // A stopped run had kept 500 groups: the first that is told is the 501st.
        #expect(pace.text(groups: 501, of: 1000, seconds: 110) == "Compared 501 of 1000 groups")
        #expect(pace.text(groups: 502, of: 1000, seconds: 112) == "Compared 502 of 1000 groups")
        #expect(
            pace.text(groups: 511, of: 1000, seconds: 120) == "Compared 511 of 1000 groups, 60 a minute, 9 min left")
        #expect(pace.text(groups: 980, of: 1000, seconds: 589) == "Compared 980 of 1000 groups, 60 a minute, 20 s left")
        #expect(pace.text(groups: 1000, of: 1000, seconds: 609) == "Compared 1000 of 1000 groups, 60 a minute")
    }

    @Test func slowRunsAreToldInHoursAndTenths() {
        var pace = RunPace(seconds: 0)
        _ = pace.text(groups: 1, of: 500, seconds: 0)
        #expect(pace.text(groups: 3, of: 500, seconds: 120) == "Compared 3 of 500 groups, 1.0 a minute, 8.3 h left")
    }

    @Test func aLogIsToldEveryTenMinutes() {
        var pace = RunPace(seconds: 0)
        #expect(
            [1, 599, 600, 601, 1199, 1200].map { pace.isDue(seconds: $0) } == [false, false, true, false, false, true])
    }
}
