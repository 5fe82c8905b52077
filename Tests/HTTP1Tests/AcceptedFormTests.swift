import Bytes
import HTTP
import Testing

@testable import HTTP1

/// RFC 9110 section 12.5.1, for the two forms of an answer that Bascule makes itself.
@Suite("Which form of an answer a client wants")
struct AcceptedFormTests {
    @Test(
        "A page where text/html is named, not excluded, and not wanted less than a problem",
        arguments: [
            ("text/html", true), ("TEXT/HTML", true), ("text/html;level=1", true),
            // Browsers.
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true),
            ("text/html, */*;q=0.1", true), ("text/html, application/json", true),
            ("text/html;q=0.9, application/json;q=0.8", true), ("text/html;q=0.001", true),
            ("text/html ; Q=0.5 , application/*;q=0.4", true), ("text/html;q=0.5, */*;q=0.5", true),
            ("application/*;q=0.9, application/json;q=0.2, text/html;q=0.3", true),
            ("text/html;q=0.3, application/json;q=0.2, */*;q=0.9", true),
            // Programs.
            ("*/*", false), ("application/json", false), ("text/htmlx", false), ("text/*", false),
            ("text/html;q=0", false), ("text/html;q=0.0, application/json", false),
            ("text/html;q=0.000", false), ("text/html; q=0, */*", false),
            ("application/problem+json, text/html;q=0.1", false),
            ("application/json, text/html;q=0.9", false), ("text/html;q=0.4, */*;q=0.5", false),
            ("text/html;q=0.2, application/*;q=0.3, */*;q=0.1", false),
            ("text/html;level=1;q=0.1,application/json;q=0.11", false), ("", false),
            // No weights, and taken for none.
            ("text/html;q=", true), ("text/html;q=x", true), ("text/html;q", true),
            (";,;q=1", false),
        ])
    func form(_ accept: String, isPage: Bool) {
        let octets = Array(accept.utf8)
        #expect(AcceptedForm.isPage(octets.span.octets) == isPage)
    }
}
