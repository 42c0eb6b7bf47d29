namespace UringHttp.Compare;

/// <summary>How the HTML file looks, in the light and in the dark.</summary>
internal static class HtmlStyle
{
    public const string Text =
        """

        :root {
          color-scheme: light dark;
          --page: #f6f7f9; --card: #ffffff; --line: #e1e4ea; --ink: #1b1f27; --soft: #626b7a;
          --baseline: #8b95a5; --other: #c08a3e; --ours: #2563c9; --limit: #2f8f6b; --better: #1a7f4b; --worse: #b93a32;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #12151b; --card: #1b1f27; --line: #2e3440; --ink: #e8ebf0; --soft: #9aa4b4;
            --baseline: #7d8797; --other: #d3a052; --ours: #5b95f0; --limit: #4fb08a; --better: #4cc38a; --worse: #f0776d;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 1180px; margin: 0 auto; padding: 36px 20px 60px; }
        h1 { font-size: 28px; line-height: 1.2; margin: 0 0 8px; }
        h2 { font-size: 17px; margin: 0 0 14px; }
        .lead { color: var(--soft); max-width: 76ch; margin: 0 0 24px; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px; margin: 0 0 18px; }
        h3 { font-size: 14px; margin: 18px 0 10px; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 12.5px; font-variant-numeric: tabular-nums; }
        th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; font-weight: 400; }
        tbody tr:last-child > * { border-bottom: 0; }
        th:first-child { text-align: left; padding-left: 0; }
        thead th { color: var(--soft); font-size: 12px; }
        tr.ours > th { font-weight: 600; }
        .matrix td { font-size: 18px; font-weight: 600; }
        .matrix td.Better { color: var(--better); }
        .matrix td.Worse { color: var(--worse); }
        .matrix td.Even { color: var(--soft); font-weight: 400; }
        svg { display: block; width: 100%; height: auto; margin: 0 0 14px; }
        svg text { fill: var(--ink); font-size: 14px; paint-order: stroke; stroke: var(--card); stroke-width: 5px; }
        svg .label { text-anchor: end; }
        svg .value { font-weight: 600; }
        svg .note { fill: var(--soft); }
        svg .ours .label, svg .ours .note { font-weight: 600; fill: var(--ink); }
        svg .baseline rect { fill: var(--baseline); }
        svg .other rect { fill: var(--other); }
        svg .ours rect { fill: var(--ours); }
        svg .limit rect { fill: var(--limit); }
        svg .limit-mark { stroke: var(--limit); stroke-width: 2; }
        svg .break { stroke: var(--card); stroke-width: 5; }
        svg .middle { text-anchor: middle; }
        svg .grid { stroke: var(--line); stroke-width: 1; }
        svg .lead-line { stroke: var(--soft); stroke-width: 0.5; }
        svg polyline { fill: none; stroke-width: 2; }
        svg .baseline polyline { stroke: var(--baseline); } svg .baseline circle { fill: var(--baseline); }
        svg .other polyline { stroke: var(--other); stroke-width: 1.2; } svg .other circle { fill: var(--other); }
        svg .ours polyline { stroke: var(--ours); } svg .ours circle { fill: var(--ours); }
        svg .limit polyline { stroke: var(--limit); stroke-dasharray: 5 3; } svg .limit circle { fill: var(--limit); }
        svg .mark { stroke: var(--baseline); stroke-width: 1; stroke-dasharray: 3 4; }
        svg .range { stroke: var(--ink); stroke-width: 1.5; opacity: 0.55; }
        ul { margin: 0; padding-left: 18px; }
        li { margin: 0 0 6px; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; font-size: 13px; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }

        """;
}
