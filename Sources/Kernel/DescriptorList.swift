/// Descriptors with exactly one owner, in an order that means something to both sides of an exec.
public struct DescriptorList: ~Copyable, Sendable {
    /// Valid as long as this value lives and does not close them.
    public private(set) var numbers: [CInt] = []

    public init() {}

    deinit { for number in numbers { _ = Descriptor(owning: number) } }

    public var count: Int { numbers.count }

    public mutating func append(_ descriptor: consuming Descriptor) {
        numbers.append(descriptor.release())
    }

    public mutating func closeAll() {
        for number in numbers { _ = Descriptor(owning: number) }
        numbers = []
    }
}
