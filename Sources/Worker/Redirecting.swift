import Board
import Bytes
import HTTP
import HTTP1

/// Plain listeners that send everybody to https.
extension Worker {
    /// Answers 308, which keeps method and content (RFC 9110 section 15.4.9).
    mutating func redirect(_ handle: Handle, _ headBytes: Int, to port: UInt16) {
        // HTTP/1.0 without a Host: there is no address to name.
        if clients[handle].head.host.isEmpty {
            _ = clients[handle].takeRequest(headBytes, core: &core)
            return answer(handle, OwnAnswer(.noService), keeps: false)
        }
        let keeps = clients[handle].head.framing == .none && !core.isEnding
        let context = clients[handle].answerContext(core, keeps: keeps)
        clients[handle].output.attach(&core.pool)
        clients[handle].writeRedirect(to: port, context)
        _ = clients[handle].takeRequest(headBytes, core: &core)
        clients[handle].noteHead(.permanentRedirect, core.now)
        core.board.countAnswer(
            service: core.board.unrouted, slot: core.slot, color: .blue,
            status: Int(Status.permanentRedirect.rawValue), nanoseconds: 0)
        clients[handle].stage = .flushing(keeps: context.keepsConnection)
        finishFlushing(handle)
    }
}

extension ClientConnection {
    fileprivate mutating func writeRedirect(to port: UInt16, _ context: AnswerContext) {
        OwnAnswerWriter.writeRedirect(head, input, port: port, context, into: &output)
    }
}
