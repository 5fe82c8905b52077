import Kernel
import Testing

@testable import SharedDatabase

@Suite("Whether a job is at work")
struct WorkPulseTests {
    private let start = Instant.now

    private func after(_ seconds: UInt64) -> Instant {
        start.advanced(byNanoseconds: seconds * 1_000_000_000)
    }

    @Test("Who uses the processor is, who does not is not")
    func processor() {
        var meter = WorkMeter()
        let step = WorkPulse.workNanosecondsMin
        let look1 = meter.look(worked: step, waitsForDisk: false, at: after(1))
        #expect(look1)
        let look2 = meter.look(worked: step, waitsForDisk: false, at: after(2))
        #expect(!look2)
        let look3 = meter.look(worked: 2 * step - 1, waitsForDisk: false, at: after(3))
        #expect(!look3)
        let look4 = meter.look(worked: 2 * step, waitsForDisk: false, at: after(4))
        #expect(look4)
    }

    @Test("Who waits for a disk is, for some minutes")
    func disk() {
        var meter = WorkMeter()
        let long = WorkPulse.diskSeconds
        let look5 = meter.look(worked: 1_000_000, waitsForDisk: true, at: after(1))
        #expect(look5)
        let look6 = meter.look(worked: 1_000_000, waitsForDisk: true, at: after(long))
        #expect(look6)
        let look7 = meter.look(worked: 1_000_000, waitsForDisk: true, at: after(long + 1))
        #expect(!look7)
    }

    @Test("This process is at work while another thread of it computes")
    func measured() async {
        let before = ThisProcess.workedNanoseconds
        let worked = await Task.detached {
            let end = Instant.now.advanced(byNanoseconds: 20_000_000_000)
            var worked = ThisProcess.workedNanoseconds
            while worked <= before + WorkPulse.workNanosecondsMin, Instant.now < end {
                worked = ThisProcess.workedNanoseconds
            }
            return worked
        }.value
        #expect(worked > before + WorkPulse.workNanosecondsMin)
    }
}
