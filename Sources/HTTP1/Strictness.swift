/// Every choice of strictness that RFC 9112 and RFC 9110 leave to a recipient, and why it was made
/// so. The parsers follow it; the numbers here are theirs.
///
/// A leniency is a second opinion on where a message ends or what it says, and an intermediary with
/// another opinion than the peer behind it is how requests are smuggled. So the rule is: read only
/// what the grammar says, refuse at the first octet that cannot be right, close, and discard what
/// was buffered. An answer is read as strictly as a request: the app may be the one that lies.
///
/// Each line says what a recipient may do, and what is done:
///
/// * RFC 9112 §2.2: a bare LF ends a line. Here refused, in heads, chunks and trailers.
/// * RFC 9112 §2.2: a bare CR becomes a space. Here refused.
/// * RFC 9112 §2.2: empty lines before a request. Here one is skipped, a second one refused; none
///   before an answer.
/// * RFC 9112 §2.2: lines after the start line that begin with white space are skipped. Here
///   refused.
/// * RFC 9112 §2.3: minor versions above 1. Here read as 1.1, answered and sent on as 1.1.
/// * RFC 9112 §3: runs of white space in the request line. Here refused: one space.
/// * RFC 9112 §3: a method of any length. Here `methodBytesMax`, then 501.
/// * RFC 9112 §3.2: a target with octets outside the grammar is mended. Here refused; what
///   browsers leave as it is in a query passes.
/// * RFC 9112 §3.2.2: an absolute target. Here taken; Host must be there, once and valid, and is
///   then ignored.
/// * RFC 9112 §4: an answer without the space after its code. Here read, sent on with the space.
/// * RFC 9112 §5.1: white space before a field's colon. Here refused in a request, removed from
///   an answer.
/// * RFC 9112 §5.2: folded lines. Here refused.
/// * RFC 9112 §6.1: codings before chunked. Here 501; `identity`, parameters, lists, repetition:
///   400.
/// * RFC 9112 §6.1: Transfer-Encoding in HTTP/1.0. Here refused.
/// * RFC 9112 §6.1: chunked sent to a server that may speak 1.0. Here sent where the client's
///   content came in chunks: a target speaks 1.1.
/// * RFC 9112 §6.3: Content-Length beside Transfer-Encoding. Here refused in both directions.
/// * RFC 9112 §6.3: equal Content-Length fields merged. Here refused: two are two.
/// * RFC 9112 §7.1: chunk sizes of any length. Here `chunkSizeDigitsMax` digits, 2^63 - 1, no
///   sign, no prefix.
/// * RFC 9112 §7.1.1: extensions of any length. Here checked, dropped, `chunkExtensionBytesMax` a
///   body.
/// * RFC 9112 §7.1.2: trailers discarded, merged or passed on. Here passed on as trailers where
///   the other side is chunked HTTP/1.1, those of `HeaderRules.passesAsTrailer` only; never
///   merged.
/// * RFC 9112 §9.3: persistence with HTTP/1.0 clients. Here never, whatever they ask.
/// * RFC 9112 §9.3.2: many requests at once. Here answered one after the other, in order.
/// * RFC 9110 §5.6.1: empty list elements. Here skipped, `connectionOptionsMax` options in all.
/// * RFC 9110 §7.6.3: hops without end. Here a request that has passed here `viaVisitsMax` times
///   goes round in a loop: refused.
/// * RFC 9110 §7.8: any upgrade. Here WebSocket by GET without content alone; others go on
///   without their upgrade.
/// * RFC 9110 §9.3.6: CONNECT. Here 501.
/// * RFC 9110 §10.1.1: expectations. Here `100-continue`; others 417.
/// * RFC 9110 §15.2: any number of 1xx. Here `interimAnswersMax` for one request, then 502.
/// * RFC 9110 §15.2.2: 101. Here only to a request that asked for that protocol and was sent
///   whole; else 502.
public enum Strictness {
    /// Octets of a method: longer than every registered one.
    public static let methodBytesMax = 32
    /// Options of all Connection fields of a head: more than any honest peer sends; each one costs
    /// a look at every field.
    public static let connectionOptionsMax = 32
    /// Times that a request may have passed a Bascule before: several in a row are a setup, more
    /// are a loop, which would go on until the head is too large.
    public static let viaVisitsMax = 8
    /// 2^63 - 1 has 16 digits; more can only be leading zeros.
    public static let chunkSizeDigitsMax = 16
    /// Octets of all chunk extensions of a body together. They mean nothing to anyone who is known,
    /// and cost an attacker nothing (CVE-2023-39326).
    public static let chunkExtensionBytesMax: UInt32 = 4096
    /// Octets of a trailer section, its empty line included.
    public static let trailerBytesMax: UInt32 = 8192
    /// Interim answers to one request: a 100, some 103 and 102; a flood of them would keep a
    /// request alive, and its client busy, for nothing.
    public static let interimAnswersMax = 16
}
