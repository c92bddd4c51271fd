import Testing

@testable import Geospatial

struct RedactionTests {
    @Test(arguments: [
        "PG:host=db user=x password=s3cret", "PG:password='s3cret words' host=db", "PG:password = s3cret",
        "PGPASSWORD=s3cret", #"password='it\'s s3cret'"#, "password='s3cret", #"password=s3c\ s3cret"#,
        "password=a,s3cret;s3cret", "postgresql://warden:s3cret@db/heritage",
        "postgresql://warden:a@s3cret@db/heritage",
        "postgresql://db/heritage?user=x&password=s3cret", "https://user:s3cret@example.org/a.tif",
        "https://:s3cret@h/",
        "https://example.org/a.tif?sv=2020&sig=s3cret%3D&se=1", "https://example.org/a.tif?X-Amz-Signature=s3cret",
        "https://example.org/a?token=s3cret", "passwd=s3cret", "PASSWORD=s3cret",
    ])
    func secretsAreTakenOut(text: String) {
        for line in [text, "cannot open \(text)", "(\(text))", "a\n\(text)\nb"] {
            let shown = Redaction.withoutPasswords(line)
            #expect(!shown.contains("s3cret") && shown.contains("***"), "\(shown)")
        }
        #expect(GeospatialError(subject: text, message: text).description.contains("s3cret") == false)
    }

    @Test(arguments: [
        "PG:service=heritage", "https://example.org/a.tif?sv=2020", "a=b", "sites@2019.gpkg", "time 12:30@noon",
        "threshold=3, key figures", "the password is in pg_service.conf",
    ])
    func otherTextStays(text: String) { #expect(Redaction.withoutPasswords(text) == text) }
}
