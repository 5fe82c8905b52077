public import Bytes
import HTTP

/// Writes trailers on, anew from validated values, those that may pass.
public enum TrailerWriter {
    /// `section` are whole valid trailer lines: what `BodyReader.trailers` covers.
    public static func write(_ section: RawSpan, into buffer: inout ByteBuffer) {
        var at = 0
        while at < section.byteCount {
            // The scanner has let nothing else through.
            guard let line = line(section, at: at) else { return }
            at = line.next
            let name = section[line.name]
            let known = FieldName(name)
            guard HeaderRules.passesAsTrailer(name, known: known),
                !(line.hasUnderscore && Twins.isRefused(asTrailer: name))
            else { continue }
            let field = Field(name: line.name, value: line.value, known: known)
            RequestWriter.write(field, section, into: &buffer)
        }
    }

    private static func line(_ section: RawSpan, at: Int) -> FieldLine? {
        do throws(Halt) {
            return try LineScanner.fieldLine(section, at: at, isAnswer: false, Refusal.badRequest)
        } catch {
            return nil
        }
    }
}
