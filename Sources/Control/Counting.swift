/// Numbers of things in sentences.
public enum Counting {
    /// `1 request`, `2 requests`, `no requests`.
    public static func text(_ number: Int, _ noun: String) -> String {
        switch number {
        case 0: "no \(noun)s"
        case 1: "1 \(noun)"
        case _: "\(number) \(noun)s"
        }
    }
}
