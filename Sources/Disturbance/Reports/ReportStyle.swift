/// The look of the report: one column, black on white or white on black, and on paper one task a page where it fits.
enum ReportStyle {
    static let css = HTMLText(
        markup: """
            :root {
              color-scheme: light dark;
              --paper: #fff; --ink: #1b1d1f; --soft: #5b6168; --rule: #d6d9dc; --tint: #f3f4f5;
              --past: #8b9299; --new: #14577f; --anomalous: #c2410c; --band: #c9d5de; --expected: #4d6a7f;
              --period: #f1ead6; --link: #14577f;
            }
            @media (prefers-color-scheme: dark) {
              :root {
                --paper: #16181a; --ink: #e6e7e8; --soft: #a0a7ad; --rule: #3a3f44; --tint: #1f2225;
                --past: #80878e; --new: #7cc0ea; --anomalous: #ff8a4c; --band: #2c3d49; --expected: #8fb3cb;
                --period: #2a2719; --link: #8cc8ee;
              }
            }
            @media print {
              :root {
                color-scheme: light;
                --paper: #fff; --ink: #000; --soft: #444; --rule: #bbb; --tint: #fff;
                --past: #777; --new: #14577f; --anomalous: #c2410c; --band: #ccd6dd; --expected: #4d6a7f;
                --period: #f1ead6; --link: #000;
              }
            }
            * { box-sizing: border-box; }
            html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
            body {
              margin: 0 auto; max-width: 60rem; padding: 1.5rem 1.25rem 3rem; background: var(--paper);
              color: var(--ink); font: 1rem/1.5 system-ui, "Noto Sans", "Liberation Sans", Arial, sans-serif;
              overflow-wrap: break-word; -webkit-print-color-adjust: exact; print-color-adjust: exact;
            }
            h1, h2, h3 { line-height: 1.25; margin: 0; font-weight: 600; }
            h1 { font-size: 1.6rem; }
            h2 { font-size: 1.25rem; margin-top: 2.75rem; padding-bottom: .3rem; border-bottom: 2px solid var(--ink); }
            h3 { font-size: 1.15rem; }
            p { margin: .6rem 0; max-width: 46rem; }
            a { color: var(--link); text-underline-offset: .15em; }
            b { font-weight: 600; }
            .soft, figcaption, .legend, footer { color: var(--soft); }
            .small { font-size: .875rem; }
            td .id { display: block; }
            bdi, .id, .problems { overflow-wrap: anywhere; }
            .id { font: .8125rem/1.5 ui-monospace, "Liberation Mono", monospace; }
            .count { font-variant-numeric: tabular-nums; }

            .counts { display: flex; flex-wrap: wrap; gap: 0 2.5rem; margin: 1.25rem 0 0; }
            .counts dl {
              flex: 1 1 17rem; display: grid; grid-template-columns: max-content 1fr; gap: .1rem .75rem;
              margin: 0 0 1rem;
              align-content: start;
            }
            .counts dt { grid-column: 2; grid-row: var(--row); }
            .counts .head { grid-column: 1 / -1; font-weight: 600; border-bottom: 1px solid var(--rule); }
            .counts dd { margin: 0; grid-column: 1; text-align: right; font-variant-numeric: tabular-nums; }
            .counts dl > div { display: contents; }

            .scroll { overflow-x: auto; }
            table { border-collapse: collapse; width: 100%; font-size: .9375rem; margin: .75rem 0; }
            th, td {
              text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
              border-bottom: 1px solid var(--rule);
            }
            th:last-child, td:last-child { padding-right: 0; }
            th { font-weight: 600; }
            thead th { font-size: .8125rem; color: var(--soft); vertical-align: bottom; }
            .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
            .day { white-space: nowrap; font-variant-numeric: tabular-nums; }
            tbody th.group { padding-top: 1.1rem; border-bottom-color: var(--soft); }
            tbody th.group span { font-weight: 400; color: var(--soft); }

            article { margin-top: 1.75rem; padding-bottom: 1.5rem; border-bottom: 1px solid var(--rule); }
            article h3 { display: flex; gap: .75rem; align-items: baseline; }
            article h3 .rank { flex: none; min-width: 1.5rem; font-variant-numeric: tabular-nums; }
            article .lead { margin: .2rem 0 0; }
            .pictures { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin: 1rem 0 .25rem; }
            figure { margin: 0; }
            figcaption { font-size: .875rem; margin-top: .25rem; }
            figcaption b { color: var(--ink); }
            .picture { display: block; width: 100%; height: auto; background: var(--tint); }
            .picture image { image-rendering: pixelated; }
            .picture path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
            .picture .casing { stroke: #000; stroke-width: 4.5px; stroke-opacity: .65; }
            .picture .site { stroke: #fff; stroke-width: 2px; stroke-dasharray: 9 5; }
            .picture .finding { stroke: #ffd60a; stroke-width: 2.25px; }
            .picture .bar { stroke: #fff; stroke-width: 2.5px; }
            .picture .scale { fill: #fff; stroke: #000; stroke-opacity: .65; stroke-width: .18em; paint-order: stroke; }
            .empty {
              display: grid; place-items: center; min-height: 9rem; padding: 1rem; text-align: center;
              border: 1px solid var(--rule); color: var(--soft); font-size: .875rem;
            }
            .legend {
              list-style: none; margin: .35rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1.25rem;
              font-size: .8125rem;
            }
            .legend li { display: flex; align-items: center; gap: .4rem; }
            .key { width: 1.1rem; height: 1.1rem; flex: none; }
            .key.wide { width: 2.1rem; }
            .line { display: inline-block; width: 2.1rem; height: 0; border-top: 3px solid; flex: none; }
            .line.finding { border-color: #e0b400; }
            .line.site { border-top-style: dashed; border-color: var(--soft); }

            .series { margin: 1.25rem 0 0; max-width: 46rem; }
            .chart { display: block; width: 100%; height: auto; overflow: visible; }
            .chart.key { display: inline-block; width: 1.1rem; }
            .chart.key.wide { width: 2.1rem; }
            .chart text { fill: var(--soft); font-size: 10.5px; }
            .chart .rule { stroke: var(--rule); stroke-width: 1; }
            .chart .axis { stroke: var(--soft); stroke-width: 1; }
            .chart .period { fill: var(--period); }
            .chart .band { fill: var(--band); fill-opacity: .75; }
            .chart .expected { fill: none; stroke: var(--expected); stroke-width: 1.5; }
            .chart .past { fill: var(--past); }
            .chart .past.anomalous { fill: var(--paper); stroke: var(--anomalous); stroke-width: 1.5; }
            .chart .new { fill: var(--new); stroke: var(--paper); stroke-width: 1; }
            .chart .new.anomalous { fill: var(--anomalous); }

            .facts {
              display: grid; grid-template-columns: 9rem 1fr; gap: .3rem 1rem; margin: 1.25rem 0 0; max-width: 46rem;
            }
            .facts dt { color: var(--soft); }
            .facts dd { margin: 0; }
            .terms { max-width: 46rem; }
            .terms td:nth-child(3) { color: var(--soft); }
            .notes { display: none; }
            .problems { padding-left: 1.2rem; max-width: 46rem; }
            .problems li { margin: .3rem 0; }
            footer { margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--rule); font-size: .8125rem; }

            @media (max-width: 40rem) {
              body { padding: 1rem .9rem 2rem; }
              .pictures { grid-template-columns: 1fr; }
              .chart text { font-size: 17px; }
              .facts { grid-template-columns: 1fr; gap: 0; }
              .facts dd { margin-bottom: .5rem; }
              .ranking thead { display: none; }
              .ranking, .ranking tbody { display: block; }
              .ranking tr {
                display: grid; grid-template-columns: 2rem 1fr 1fr; gap: .1rem .5rem; padding: .6rem 0;
                border-bottom: 1px solid var(--rule);
              }
              .ranking td { display: block; border: 0; padding: 0; text-align: left; font-size: .875rem; }
              .ranking td::before { content: attr(data-label); display: block; color: var(--soft); font-size: .75rem; }
              .ranking td:first-child, .ranking td:nth-child(2) { font-size: 1rem; font-weight: 600; }
              .ranking td:first-child::before, .ranking td:nth-child(2)::before { display: none; }
              .ranking td:first-child { grid-row: 1 / span 5; text-align: right; }
              .ranking td:nth-child(2) { grid-column: 2 / -1; }
            }
            @media print {
              @page { margin: 14mm; }
              html { font-size: 9pt; }
              body { max-width: none; padding: 0; }
              h2 { break-after: avoid; }
              a { text-decoration: none; }
              article, figure, .terms, .facts, tr, .counts { break-inside: avoid; }
              article { border-bottom: 0; }
              .each-task, .each-task + article ~ article { break-before: page; }
              .pictures { max-width: 120mm; margin-top: .5rem; }
              .series { max-width: none; margin-top: .5rem; }
              .series > svg { max-width: 88mm; }
              .legend { gap: 0 .8rem; }
              .facts { max-width: none; gap: .1rem 1rem; margin-top: .6rem; }
              article { margin-top: 0; padding-bottom: 0; line-height: 1.28; }
              .each-task { margin: 0 0 .5rem; }
              .terms { margin-top: .4rem; }
              .problems { break-before: avoid; }
              .terms { margin-bottom: 0; }
              .terms th, .terms td { padding-top: .1rem; padding-bottom: .1rem; }
              .scroll { overflow: visible; }
              .notes { display: grid; grid-template-columns: max-content 1fr; gap: 4.5mm 3mm; margin-top: 4mm; }
              .notes span + span { border-bottom: 1px solid #000; }
            }

            """)
}
