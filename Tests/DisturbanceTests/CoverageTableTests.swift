import Testing

@testable import Disturbance

@Suite struct CoverageTableTests {
    @Test func everySiteHasARow() {
        let csv = CoverageTable.csv([
            InventedRun.coverage("A", name: "Khan", outcome: .disturbance, tasks: 2),
            InventedRun.coverage("B", name: "Khan, lower", outcome: .noImagery),
        ])
        #expect(
            csv == """
                site_id,site_name,outcome,method,acquisitions,clear_observations,history_observations,last_clear,\
                hidden_share,tasks,reason,judged_share,cloud_share,shadow_share,snow_share,water_share,nodata_share,\
                quarantined_share,no_history_share,restless_share,missed_cloud_share,water_level_share\r
                A,Khan,disturbance_seen,baseline,6,3,41,2019-09-20,0.4130,2,,1.0000,0.0000,0.0000,0.0000,0.0000,\
                0.0000,0.0000,0.0000,0.0000,0.0000,0.0000\r
                B,"Khan, lower",no_imagery,,0,0,41,,,0,no acquisition of the period shows the site,,,,,,,,,,,\r

                """)
    }

    @Test(arguments: [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'␉=1"),
        ("\r=1", "'␍=1"), (" =1", "' =1"), ("\u{FF1D}1", "'\u{FF1D}1"), ("a=1", "a=1"),
        ("say \"khan\"", "\"say \"\"khan\"\"\""), ("a\nb\u{202E}c", "a␊b[U+202E]c"), ("قلعه", "قلعه"),
        ("\"\u{301}x", "\"\"\"\u{301}x\""),
    ])
    func namesCannotBecomeFormulas(name: String, field: String) {
        let csv = CoverageTable.csv([InventedRun.coverage("A", name: name, outcome: .noHistory)])
        #expect(
            csv.unicodeScalars.elementsEqual(
                (CoverageTable.csv([])
                    + "A,\(field),no_history,,6,0,0,2019-08-26,1.0000,0,no clear observation before the period,0.0000,"
                    + "0.0000,0.0000,0.0000,0.0000,0.0000,0.0000,1.0000,0.0000,0.0000,0.0000\r\n").unicodeScalars))
    }

    @Test func hostileNamesStayInTheirField() {
        let csv = CoverageTable.csv([InventedRun.coverage("=x", name: InventedRun.hostileName, outcome: .notSeen)])
        #expect(csv.split(separator: "\r\n").count == 2)
        #expect(csv.contains("\r\n'=x,\"'=cmd|"))
    }
}
