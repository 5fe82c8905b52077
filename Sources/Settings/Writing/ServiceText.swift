internal import Board
internal import Control

extension ServiceSettings {
    var printed: Printed {
        var members: [(String, Printed)] = [
            ("hosts", .texts(hosts)),
            ("paths", .texts(paths)),
            ("colors", .mapping(colors.map { ($0.name, printed(self[$0])) })),
            (
                "upstream_tls",
                .mapping([("ca", .text(upstreamTLS.ca)), ("name", .text(upstreamTLS.name))])
            ),
            ("initial", .text(initial.name)),
            ("health", health.printed),
            ("switchover", switchover.printed),
            ("deploy", deploy.printed),
            ("expose_color", .flag(exposeColor)),
        ]
        if let database { members.append(("database", database.printed)) }
        return .mapping(members)
    }

    private func printed(_ color: ColorSettings?) -> Printed {
        .mapping([("targets", .texts(color?.targets.map(\.description) ?? []))])
    }
}

extension HealthSettings {
    fileprivate var printed: Printed {
        .mapping([
            ("path", .text(path)),
            ("interval", .described(interval)),
            ("timeout", .described(timeout)),
            ("rise", .number(rise)),
            ("fall", .number(fall)),
            ("host", .text(host)),
            ("port", .number(port)),
        ])
    }
}

extension SwitchoverSettings {
    fileprivate var printed: Printed {
        .mapping([
            ("mode", .text(mode.rawValue)),
            ("hold_timeout", .described(holdTimeout)),
            ("hold_requests", .number(holdRequests)),
            ("hold_bytes", .size(holdBytes)),
            ("drain_timeout", .described(drainTimeout)),
            ("stream_grace", .described(streamGrace)),
            ("watch", .described(watch)),
            ("max_error_rate", .described(maxErrorRate)),
        ])
    }
}

extension DeploySettings {
    fileprivate var printed: Printed {
        .mapping([
            ("hold", .text(hold.rawValue)),
            ("hold_timeout", .described(holdTimeout)),
            ("timeout", .described(timeout)),
        ])
    }
}

extension DatabaseSettings {
    fileprivate var printed: Printed {
        var members: [(String, Printed)] = []
        switch engine {
        case .sqlite(let path): members.append(("sqlite", .text(path)))
        case .postgres(let address): members.append(("postgres", .text(address)))
        }
        members.append(("migrations", .text(migrations.rawValue)))
        if let expect { members.append(("expect", expect.printed)) }
        members.append(("rehearse", .texts(rehearse)))
        if let backup { members.append(("backup", backup.printed)) }
        return .mapping(members)
    }
}

extension Expectation {
    fileprivate var printed: Printed {
        switch self {
        case .healthField(let name): .mapping([("health_field", .text(name))])
        case .header(let name): .mapping([("header", .text(name))])
        case .file(let path): .mapping([("file", .text(path))])
        case .command(let arguments): .mapping([("command", .texts(arguments))])
        }
    }
}

extension BackupSettings {
    fileprivate var printed: Printed {
        .mapping([
            ("directory", .text(directory)),
            ("keep", .number(keep)),
            ("before_switch", .flag(beforeSwitch)),
            ("schedule", .text(schedule?.description ?? "")),
            ("drill", .text(drill?.description ?? "")),
        ])
    }
}
