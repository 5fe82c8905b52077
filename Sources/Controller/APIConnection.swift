internal import Control
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// What HTTP/1.1 asks of a server on one connection, between NIO's parser and Hummingbird.
///
/// Hummingbird answers what cannot be parsed with an empty 400, knows no version, and waits for all
/// of a body that nobody reads. Here a request that is refused is answered in its turn with a
/// problem document, and an answer ends the connection when the client asked for that, when it is
/// of HTTP/1.0, or when not all of its request has come.
final class APIConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What is expected of the client.
    private enum Reading {
        case head
        case content
        /// Nothing that it may still send is looked at.
        case over
    }

    private enum Writing {
        case nothing
        case answer(isLast: Bool)
    }

    /// A request without an answer.
    private struct Request {
        let isHTTP10: Bool
        let isHead: Bool
        let isLast: Bool
        var isWhole = false
    }

    /// What is answered once everything before it is.
    private struct Refusal {
        let problem: Problem
        let isHead: Bool
    }

    /// How long a client may go on sending after its last answer: closed at once, it could lose
    /// that answer to a reset (RFC 9112 section 9.6).
    static let lingering = TimeAmount.seconds(5)

    private var reading = Reading.head
    private var writing = Writing.nothing
    /// Oldest first.
    private var unanswered = CircularBuffer<Request>()
    private var refusal: Refusal?
    private var closing: Scheduled<Void>?

    /// Puts one between the parser of a pipeline and what reads it. Only on the channel's loop.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(APIConnection(), position: .after(parser))
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (reading, unwrapInboundIn(data)) {
        case (.head, .head(let head)): begin(head, context)
        case (.content, .body): context.fireChannelRead(data)
        case (.content, .end):
            let last = unanswered.index(before: unanswered.endIndex)
            unanswered[last].isWhole = true
            reading = unanswered[last].isLast ? .over : .head
            context.fireChannelRead(data)
        case _: break
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if let problem = RequestHeadRules.problem(of: head) {
            return refuse(
                Refusal(problem: problem, isHead: head.method == .HEAD), .unknown, context)
        }
        let isHTTP10 = head.version == .http1_0
        // A parser that has seen an offer to upgrade reads nothing behind it.
        let isLast = isHTTP10 || !head.isKeepAlive || head.headers.contains(name: "upgrade")
        unanswered.append(
            Request(isHTTP10: isHTTP10, isHead: head.method == .HEAD, isLast: isLast))
        var head = head
        head.headers.remove(name: "connection")
        // The one form that Hummingbird knows.
        if isLast { head.headers.add(name: "connection", value: "close") }
        // Who speaks HTTP/1.0 waits for no 100 (RFC 9110 section 10.1.1).
        if isHTTP10 { head.headers.remove(name: "expect") }
        reading = .content
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            return context.fireErrorCaught(error)
        }
        switch reading {
        case .head:
            let problem = RequestHeadRules.problem(of: error)
            refuse(Refusal(problem: problem, isHead: false), error, context)
        case .content:
            // Whoever reads the content answers.
            reading = .over
            context.fireErrorCaught(error)
        case .over: break
        }
    }

    /// Hummingbird reads the error behind the requests before, and answers it: see `write`.
    private func refuse(
        _ refusal: Refusal, _ error: HTTPParserError, _ context: ChannelHandlerContext
    ) {
        reading = .over
        self.refusal = refusal
        context.fireErrorCaught(error)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Nobody else asks for more, and the client's end would not be seen.
        if closing != nil { context.read() }
    }

    // MARK: Answers

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        switch (writing, unwrapOutboundIn(data)) {
        case (_, .head(let head)) where head.status.code < 200:
            context.write(data, promise: promise)
        case (.nothing, .head(let head)):
            if let request = unanswered.first {
                begin(head, to: request, context, promise)
            } else {
                // Nobody has asked: it is the empty answer to what could not be read.
                writeRefusal(context, promise)
            }
        case (.answer, .body): context.write(data, promise: promise)
        case (.answer(let isLast), .end):
            writing = .nothing
            unanswered.removeFirst()
            if isLast {
                context.writeAndFlush(data, promise: promise)
                linger(context)
            } else {
                context.write(data, promise: promise)
            }
        case _: promise?.succeed()
        }
    }

    private func begin(
        _ head: HTTPResponseHead, to request: Request, _ context: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>?
    ) {
        var head = head
        // Chunks mean nothing to HTTP/1.0, and their last one is content, which no HEAD is answered
        // with: the end of the connection is the end of such an answer.
        let isUnframed =
            (request.isHTTP10 || request.isHead) && !head.headers.contains(name: "content-length")
        if isUnframed { head.version = .http1_0 }
        let isLast = request.isLast || !request.isWhole || isUnframed
        if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        writing = .answer(isLast: isLast)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    private func writeRefusal(
        _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        guard let refusal else {
            promise?.succeed()
            return
        }
        self.refusal = nil
        let (body, fields) = APIAnswer.document(of: refusal.problem)
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: refusal.problem.status),
            headers: HTTPHeaders(fields + [("Connection", "close")]))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !refusal.isHead {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
        linger(context)
    }

    /// The last answer is out. Whoever reads sees an end, and closes this side; what the client
    /// still sends is dropped until it has seen that too.
    private func linger(_ context: ChannelHandlerContext) {
        reading = .over
        let channel = context.channel
        closing = context.eventLoop.scheduleTask(in: Self.lingering) {
            channel.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        closing?.cancel()
        context.fireChannelInactive()
    }
}

@available(*, unavailable)
extension APIConnection: Sendable {}
