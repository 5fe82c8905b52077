/// Whether what came of a case is what must come of it.
struct CaseJudge {
    let item: RequestCase
    /// What the app got from this client.
    let requests: [StrictReader.Request]

    /// nil where all is well.
    func problem(of result: CaseRunner.Result) -> String? {
        if let failure = result.failure { return "\(failure)" }
        if let always = invariant() { return always }
        if let problem = problem(with: item.outcome, item.reaches, result) {
            let others = item.permitted.map {
                self.problem(with: $0, item.reachesOtherwise, result, isOther: true)
            }
            return others.contains { $0 == nil } ? nil : problem
        }
        return nil
    }

    /// What holds for every case.
    private func invariant() -> String? {
        let writes = requests.count { !["GET", "HEAD", "OPTIONS", "TRACE"].contains($0.method) }
        if writes > 1 { return "\(writes) writes at the app" }
        if requests.contains(where: { $0.target.hasPrefix("/smuggled") }),
            item.reaches.upperBound < 2, item.reachesOtherwise.upperBound < 2
        {
            return "/smuggled reached the app"
        }
        return nil
    }

    private func problem(
        with outcome: RequestCase.Outcome, _ reaches: ClosedRange<Int>,
        _ result: CaseRunner.Result, isOther: Bool = false
    ) -> String? {
        let told = "\(result.statuses), closed \(result.isClosed), \(requests.count) at the app"
        guard reaches.contains(requests.count) else { return "wanted \(reaches): \(told)" }
        let isStatusFine = result.final.map {
            item.statuses.isEmpty || isOther || item.statuses.contains($0)
        }
        switch outcome {
        case .refused:
            guard let status = result.final, status >= 400, isStatusFine == true else {
                return "wanted a refusal out of \(item.statuses): \(told)"
            }
            return item.mustClose && !result.isClosed ? "not closed: \(told)" : nil
        case .closed:
            return result.isClosed && isStatusFine != false ? nil : "wanted the end: \(told)"
        case .passed:
            guard result.final != nil, isStatusFine == true else {
                return "wanted an answer out of \(item.statuses): \(told)"
            }
            if item.mustClose, !result.isClosed, !isOther { return "not closed: \(told)" }
            return requests.first.flatMap(misseen)
        }
    }

    /// What the app should have seen otherwise.
    private func misseen(_ request: StrictReader.Request) -> String? {
        if let target = item.seen.target, request.target != target {
            return "the app saw the target \(request.target)"
        }
        if let body = item.seen.body, request.body.latin1 != body {
            return "the app saw the body \(request.body.latin1.debugDescription)"
        }
        for (name, values) in item.seen.fields ?? [:] where request.all(name) != values {
            return "the app saw \(name): \(request.all(name))"
        }
        for name in item.seen.without ?? [] where !request.all(name).isEmpty {
            return "the app saw \(name): \(request.all(name))"
        }
        return nil
    }
}
