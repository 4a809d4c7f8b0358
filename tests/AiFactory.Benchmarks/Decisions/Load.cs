using System.Globalization;
using System.Text.RegularExpressions;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Decisions;

/// <summary>What one round of load gave.</summary>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="P50Us">Median latency, in microseconds.</param>
/// <param name="Errors">Answers other than 2xx, and broken connections.</param>
internal sealed record LoadResult(double PerSecond, double P50Us, double P99Us, double Errors);

/// <summary>Keeps connections busy, each with one request at a time, from a process of its own: wrk where it is installed, else this program's own.</summary>
internal sealed partial class Load(string folder)
{
    private const string Script = """
        local bodies = {}
        if os.getenv("SEVERAL") ~= "" then
          for line in io.lines(os.getenv("BODY")) do bodies[#bodies + 1] = line end
        else
          local f = io.open(os.getenv("BODY")); bodies[1] = f:read("*a"); f:close()
        end
        wrk.method = "POST"; wrk.body = bodies[1]; wrk.headers["Content-Type"] = "application/json"
        if os.getenv("AUTH") ~= "" then wrk.headers["Authorization"] = os.getenv("AUTH") end
        if os.getenv("HEADER") ~= "" then local n, v = string.match(os.getenv("HEADER"), "([^:]+): (.+)"); wrk.headers[n] = v end
        if #bodies > 1 then
          local requests, at = {}, 0
          function init() for i, body in ipairs(bodies) do requests[i] = wrk.format(nil, nil, nil, body) end end
          function request() at = at % #requests + 1; return requests[at] end
        end
        function done(s, l, r)
          io.write(string.format("RESULT rps=%.1f p50_us=%.0f p99_us=%.0f errors=%d\n", s.requests / (s.duration / 1e6), l:percentile(50), l:percentile(99),
            s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout))
        end
        """;

    private static readonly bool Wrk = Executables.Installed("wrk");

    public static string Tool => Wrk ? "wrk" : "own load generator";

    public async Task<LoadResult> Run(Competitor target, int connections, int seconds, CancellationToken cancellation)
    {
        var script = Path.Combine(folder, "post.lua");
        await File.WriteAllTextAsync(script, Script, cancellation);
        var environment = new Dictionary<string, string> { ["BODY"] = target.BodyFile, ["AUTH"] = target.Authorization, ["HEADER"] = target.Header, ["SEVERAL"] = target.Several ? "1" : "" };
        var (command, arguments) = Wrk
            ? ("wrk", new[] { "-t1", $"-c{connections}", $"-d{seconds}s", "-s", script, target.Url.ToString() })
            : ("dotnet", [typeof(Load).Assembly.Location, "load", target.Url.ToString(), $"{connections}", $"{seconds}"]);
        var output = await Executables.Output(command, arguments, environment, cancellation);
        var match = Result().Match(output);
        return match.Success
            ? new(Number("rps"), Number("p50"), Number("p99"), Number("errors"))
            : throw new InvalidOperationException($"{command} against {target.Name} gave no figures: {output}");

        double Number(string name) => double.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"RESULT rps=(?<rps>[\d.]+) p50_us=(?<p50>[\d.]+) p99_us=(?<p99>[\d.]+) errors=(?<errors>\d+)")]
    private static partial Regex Result();
}
