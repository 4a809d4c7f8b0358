using System.Globalization;
using AiFactory.Domain.Endpoints;

namespace AiFactory.Client.Decisions;

/// <summary>How a request for decisions asks to be treated; what it leaves out, the endpoint's serving terms say.</summary>
/// <param name="Timeout">From arrival to the deadline, above zero.</param>
/// <param name="Once">
/// Whether the request has an idempotency key: repeated, whatever failed, it is one decision. The key and the answer are kept by the control plane before the
/// answer comes, which costs milliseconds. Without, a request whose connection broke is not repeated.
/// </param>
public sealed record DecisionTerms(RequestPriority? Priority = null, TimeSpan? Timeout = null, bool Once = true)
{
    internal IReadOnlyDictionary<string, string> Headers
    {
        get
        {
            var headers = new Dictionary<string, string>();
            if (Priority is { } priority)
            {
                headers.Add("X-Priority", ((int)priority).ToString(CultureInfo.InvariantCulture));
            }

            if (Timeout is { } timeout)
            {
                headers.Add("X-Timeout-Ms", timeout.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture));
            }

            return headers;
        }
    }
}
