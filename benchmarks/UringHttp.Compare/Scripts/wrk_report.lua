-- Has wrk end with its figures in one line, as a round of any arm: see Measurement/RoundResult.cs. CPU time is added by who runs it.
function done(summary, latency, requests)
    local e = summary.errors
    local errors = e.connect + e.read + e.write + e.status + e.timeout
    io.write(string.format(
        '{"requests":%d,"bodyBytes":%d,"comparedBytes":0,"wallSeconds":%.6f,"userCpuSeconds":0,"systemCpuSeconds":0,' ..
        '"allocatedBytes":0,"collections":[],"compilationSeconds":0,"peakMemoryBytes":0,' ..
        '"latency":{"p50":%d,"p95":%d,"p99":%d,"p999":%d,"max":%d},"errors":%d,"firstError":null}\n',
        summary.requests, summary.bytes, summary.duration / 1e6, latency:percentile(50), latency:percentile(95),
        latency:percentile(99), latency:percentile(99.9), latency.max, errors))
end
