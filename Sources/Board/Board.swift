internal import Atomics
public import Kernel

/// The memory that supervisor, controller and workers share: who serves, what is in flight, what
/// was counted, where the targets are.
///
/// It is a handle: copies speak of the same memory, which stays mapped as long as the process
/// lives. Every word is an atomic. A slot's words are written by the worker that owns the slot,
/// and by the supervisor once that process is reaped; the route words by whoever wins an exchange;
/// deadlines and targets by the controller. Nothing here blocks.
@safe
public struct Board: Sendable {
    private let mapping: SharedMapping
    let layout: Layout

    public var shape: BoardShape { layout.shape }

    /// Makes a board on which nothing is decided, and the file to hand to the other processes.
    public static func create(_ shape: BoardShape) throws(SystemError) -> CreatedBoard {
        let layout = Layout(shape)
        let file = try MemoryFile.shared("board.create", name: "bascule-board", bytes: layout.bytes)
        let board = Board(try SharedMapping("board.map", of: file), layout)
        board.word(Layout.servicesWord).store(UInt64(shape.services), ordering: .relaxed)
        board.word(Layout.slotsWord).store(UInt64(shape.slots), ordering: .relaxed)
        board.word(Layout.magicWord).store(Layout.magic, ordering: .sequentiallyConsistent)
        return CreatedBoard(board: board, file: file)
    }

    /// Maps a board that another process made.
    ///
    /// Throws `board.map` with EINVAL where the file holds no board of this version.
    public init(_ file: borrowing Descriptor) throws(SystemError) {
        let mapping = try SharedMapping("board.map", of: file)
        guard let shape = Self.shape(of: mapping) else {
            throw SystemError("board.map", .invalidArgument, subject: "not a board of this version")
        }
        self.init(mapping, Layout(shape))
    }

    private init(_ mapping: SharedMapping, _ layout: Layout) {
        self.mapping = mapping
        self.layout = layout
    }

    private static func shape(of mapping: SharedMapping) -> BoardShape? {
        // SAFETY: read before a layout is known, so the bound is checked here.
        guard mapping.bytes >= 64 else { return nil }
        let words = unsafe mapping.base.assumingMemoryBound(to: UInt64.self)
        guard unsafe words[Layout.magicWord] == Layout.magic else { return nil }
        let services = unsafe words[Layout.servicesWord]
        let slots = unsafe words[Layout.slotsWord]
        guard 1...UInt64(BoardShape.servicesMax) ~= services,
            1...UInt64(BoardShape.slotsMax) ~= slots
        else { return nil }
        let shape = BoardShape(services: Int(services), slots: Int(slots))
        return mapping.bytes >= Layout(shape).bytes ? shape : nil
    }

    /// One word of the board, by its index in `Layout`.
    @inline(__always)
    func word(_ index: Int) -> UnsafeAtomic<UInt64> {
        // SAFETY: `Layout` gives no index beyond the mapping, whose size was checked against it;
        // the mapping lives as long as the process, and is aligned to a page.
        unsafe UnsafeAtomic(
            at: (mapping.base + index &* 8).assumingMemoryBound(
                to: UnsafeAtomic<UInt64>.Storage.self))
    }

    /// A sum over all slots and over what dead workers had counted.
    func sum(service: Int, _ index: Int) -> UInt64 {
        var sum: UInt64 = 0
        for slot in 0...layout.retired {
            let row = layout.row(service: service, slot: slot)
            sum &+= word(row + index).load(ordering: .sequentiallyConsistent)
        }
        return sum
    }

    /// Adds to a word that only the caller writes: no locked instruction is needed.
    @inline(__always)
    func addAlone(_ index: Int, _ amount: UInt64) {
        let word = word(index)
        word.store(word.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}

/// A new board and the file behind it.
public struct CreatedBoard: ~Copyable {
    public let board: Board
    public let file: Descriptor
}
