/// The whole configuration: every key once, every value the default or an example.
let contractExample = """
    listen:
      - address: 0.0.0.0:80               # IP:port, [IPv6]:port, or :port (both families)
        redirect_to_https: false          # true: 308 to https
        proxy_protocol: false             # from trusted_proxies only
        h2c: false                        # HTTP/2 by prior knowledge
      - address: 0.0.0.0:443
        tls:
          certificates:                   # SNI picks; the first is the default
            - {certificate: /etc/bascule/tls/fullchain.pem, key: /etc/bascule/tls/privkey.pem, ocsp: ""}
          minimum_version: "1.2"
          http2: true
          hsts: 0s
    workers: auto                         # one a core
    user: bascule                         # empty: every role keeps the user that started it
    worker_user: bascule-worker           # empty: as user
    control: {socket: /run/bascule/control.sock, mode: "0660", group: bascule}   # group empty: the process's own
    admin: {address: 127.0.0.1:9180}      # GET only: /metrics, /healthz, dashboard at /
    state: /var/lib/bascule               # the journal; made (0700) when missing
    access_log: {path: stdout, format: json}   # path: stdout, a file, or off (quoted or not); format: json or combined
    trusted_proxies: []                   # whose X-Forwarded-* and PROXY lines are believed
    limits:
      header_bytes: 32KiB
      header_count: 100
      body_bytes: 0                       # 0: no limit
      request_buffer: 64KiB               # a declared body up to this is awaited before the request starts
      response_buffer: 256KiB             # of an answer, kept for a slow client
      response_buffers: 64MiB             # the sum of these, a worker
      connections: 10000                  # a worker; lowered with a warning when RLIMIT_NOFILE cannot carry it
    timeouts:
      header: 10s                         # first octet to end of head
      body: 60s                           # between two reads of a request body
      send: 60s                           # between two writes to a client
      connect: 2s
      response: 60s                       # request sent to answer head, then between two reads
      idle: 75s                           # a kept client connection
      upstream_idle: 60s                  # a kept connection to a target
      tunnel: 1h                          # a WebSocket without an octet
    services:
      web:
        hosts: ["*"]                      # exact, or *.suffix; most exact wins
        paths: ["/"]                      # prefixes that end at a slash; longest wins after the host
        colors:                           # one color alone is a plain proxy
          blue:  {targets: ["127.0.0.1:5001"]}   # host:port, https://host:port, or unix:/path; several are balanced
          green: {targets: ["127.0.0.1:5002"]}
        upstream_tls: {ca: "", name: ""}
        initial: blue                     # used only while the journal knows no active color
        health: {path: /health, interval: 2s, timeout: 1s, rise: 2, fall: 3, host: "", port: 0}
        switchover:
          mode: handover
          hold_timeout: 10s               # longest that a hold lasts; drain_timeout may not exceed it
          hold_requests: 10000            # these two are sums over all workers, and may overshoot by one request a worker
          hold_bytes: 64MiB               # more are answered 503 with Retry-After
          drain_timeout: 8s
          stream_grace: 30s               # WebSocket, SSE on the old color: counted from the switch; no command waits for it
          watch: 30s                      # after the switch; 0s turns it off
          max_error_rate: 1%
        deploy: {hold: writes, hold_timeout: 60s, timeout: 300s}
        expose_color: false               # true: answers carry X-Bascule-Color
        database:
          sqlite: /data/myfinance.db      # or postgres: "postgresql://..."
          migrations: auto                # or efcore, flyway, alembic, django, ...
          expect: {health_field: migration}      # or {header: X-Migration}, {file: PATH}, {command: [..]}; absent: the target is not asked
          rehearse: []                    # argv that starts the new version once against BASCULE_DATABASE
          backup: {directory: /var/backups/bascule, keep: 10, before_switch: true, schedule: "daily 03:00"}   # local time; file names are UTC
    """
