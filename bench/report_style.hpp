// The look of a report, light and dark. c0 to c7 are the colours of bars and curves.
#pragma once

namespace breakwater::bench {

inline constexpr const char* kReportStyle = R"(
:root { color-scheme: light dark; --back: #fdfdfb; --ink: #1d2329; --soft: #5b6670; --line: #d9dee2;
  --c0: #1f5f99; --c1: #c96a1b; --c2: #7a5aa6; --c3: #4e8f3a; --c4: #b23a48; --c5: #2a9d8f; --c6: #9aa3ab; --c7: #8a6d3b; }
@media (prefers-color-scheme: dark) { :root { --back: #14181c; --ink: #e4e8eb; --soft: #9aa5ae; --line: #333b42;
  --c0: #6aa9e0; --c1: #e6964f; --c2: #b49ae0; --c3: #86c46f; --c4: #e37b86; --c5: #62cfc2; --c6: #7d8790; --c7: #c7a76c; } }
body { background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 960px; margin: 0 auto; padding: 1.5rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; } .made { color: var(--soft); margin-top: 0.2rem; }
svg { width: 100%; height: auto; font: 13px system-ui, sans-serif; } svg text { fill: var(--ink); }
svg .note, svg .tick { fill: var(--soft); } svg .grid { stroke: var(--line); }
svg .mark { stroke: var(--ink); stroke-width: 2; }
svg .pale { opacity: 0.5; } svg .curve { stroke-width: 2; }
.c0 { fill: var(--c0); background: var(--c0); stroke: var(--c0); }
.c1 { fill: var(--c1); background: var(--c1); stroke: var(--c1); }
.c2 { fill: var(--c2); background: var(--c2); stroke: var(--c2); }
.c3 { fill: var(--c3); background: var(--c3); stroke: var(--c3); }
.c4 { fill: var(--c4); background: var(--c4); stroke: var(--c4); }
.c5 { fill: var(--c5); background: var(--c5); stroke: var(--c5); }
.c6 { fill: var(--c6); background: var(--c6); stroke: var(--c6); }
.c7 { fill: var(--c7); background: var(--c7); stroke: var(--c7); }
svg rect { stroke: none; }
.legend span { display: inline-block; width: 0.8em; height: 0.8em; margin: 0 0.3em 0 0.8em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; white-space: nowrap; }
th, td { text-align: right; padding: 0.25rem 0.7rem; border-bottom: 1px solid var(--line); } th { color: var(--soft); }
th:first-child, td:first-child, td:last-child, th:last-child { text-align: left; }
)";

}  // namespace breakwater::bench
