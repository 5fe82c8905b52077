/// Numbers of things in sentences.
public enum Counting {
    /// `1 request`, `2 requests`, `no requests`. `plural`: where it is more than an s.
    public static func text(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        switch number {
        case 0: "no \(plural ?? noun + "s")"
        case 1: "1 \(noun)"
        case _: "\(number) \(plural ?? noun + "s")"
        }
    }
}
