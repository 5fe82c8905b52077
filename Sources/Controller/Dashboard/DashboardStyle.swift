/// How the page looks: dense tables, one hue for each color of a service and none for what is as it
/// should be, so that what is not stands out. On paper and ink of either scheme every text has a
/// contrast of 4.5 at least (WCAG 2.2, 1.4.3).
enum DashboardStyle {
    static let sheet: HTML = """
        :root {
          --paper: #fcfcfb; --ink: #1b1c1e; --soft: #5f646b; --line: #e3e3df;
          --blue: #2b66d9; --green: #12864f; --bad: #b3201a; --doubtful: #8a5200;
          --wash: #fdf3e0;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #141517; --ink: #e6e6e3; --soft: #989da4; --line: #2b2d31;
            --blue: #5b91f5; --green: #3bb37a; --bad: #ff8077; --doubtful: #e5ae56;
            --wash: #2a2317;
          }
        }
        * { box-sizing: border-box; margin: 0; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body {
          max-width: 76rem; margin: 0 auto; padding: 1.25rem 1.5rem 3rem;
          background: var(--paper); color: var(--ink);
          font: 0.875rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
          font-variant-numeric: tabular-nums;
        }
        a { color: inherit; text-underline-offset: 0.2em; }
        code {
          font: 0.86em ui-monospace, "SF Mono", Menlo, Consolas, monospace;
          overflow-wrap: anywhere;
        }
        small { font-size: 0.8125rem; font-weight: 400; color: var(--soft); }
        b { font-weight: 600; }
        .bad { color: var(--bad); }
        .doubtful { color: var(--doubtful); }
        .top { display: flex; flex-wrap: wrap; gap: 0 0.6rem; align-items: baseline; }
        .top p { color: var(--soft); }
        .top .moment { margin-left: auto; }
        .top + main > section:first-child { margin-top: 0.75rem; }
        .top a { margin-left: 0.75rem; }
        h1 { font-size: 0.875rem; font-weight: 600; }
        section { margin-top: 2rem; padding-top: 1rem; border-top: 3px solid var(--ink); }
        section.blue { border-top-color: var(--blue); }
        section.green { border-top-color: var(--green); }
        h2 { font-size: 1.5rem; line-height: 1.2; font-weight: 600; letter-spacing: -0.01em; }
        h2, td, th { overflow-wrap: break-word; }
        .lead { font-size: 1.0625rem; }
        .dot { color: var(--soft); }
        .lead small { margin-left: 0.5rem; }
        .color { white-space: nowrap; }
        .color i {
          display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em;
          border-radius: 2px; background: var(--blue);
        }
        .color i.green { background: var(--green); }
        .running {
          margin-top: 0.75rem; padding: 0.5rem 0.75rem; border-radius: 4px;
          background: var(--wash);
        }
        .pair {
          display: grid; gap: 0 3rem; align-items: start;
          grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr);
        }
        main > .pair { margin-top: 2rem; border-top: 1px solid var(--line); }
        .table { margin-top: 1.25rem; overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; }
        caption { padding-bottom: 0.25rem; text-align: left; font-weight: 600; }
        th, td {
          padding: 0.3rem 1.25rem 0.3rem 0; border-bottom: 1px solid var(--line);
          text-align: left; vertical-align: baseline; font-weight: 400;
        }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { color: var(--soft); font-size: 0.8125rem; }
        .strong th { font-weight: 600; }
        section thead th:first-child { width: 32%; }
        .facts th { width: 7rem; color: var(--soft); }
        .facts td { overflow-wrap: anywhere; white-space: pre-line; }
        .number { text-align: right; }
        tbody th time, tbody th span { white-space: nowrap; }
        .none { margin-top: 1.25rem; color: var(--soft); }
        @media (max-width: 60rem) { .pair { grid-template-columns: minmax(0, 1fr); } }
        @media (max-width: 30rem) {
          body { padding: 0.75rem 1rem 2rem; }
          .top .moment { flex-basis: 100%; }
          th, td { padding-right: 0.5rem; }
          td, tbody th { font-size: 0.8125rem; }
          thead th { font-size: 0.75rem; }
          tbody th time { white-space: normal; }
          section thead th:first-child { width: auto; }
          section .table + .table thead th:first-child { width: 7.75rem; }
          .facts th { width: 5.5rem; }
        }
        """
}
