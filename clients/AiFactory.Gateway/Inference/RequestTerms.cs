using System.Globalization;
using System.Text;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;
using Microsoft.AspNetCore.Http;

namespace AiFactory.Gateway.Inference;

/// <summary>How a request asks to be treated; what it leaves out, the endpoint's serving terms say.</summary>
/// <param name="Priority">0: the endpoint's.</param>
/// <param name="TimeoutMicroseconds">From arrival; 0: the endpoint's.</param>
/// <param name="SequenceId">Null: the request belongs to no sequence.</param>
internal readonly record struct RequestTerms(
    RequestPriority Priority = 0,
    long TimeoutMicroseconds = 0,
    string? SequenceId = null,
    bool SequenceStart = false,
    bool SequenceEnd = false)
{
    private const string PriorityHeader = "X-Priority";
    private const string TimeoutHeader = "X-Timeout-Ms";
    private const long MicrosecondsMax = 1_000_000_000_000;

    /// <summary>The terms that a request for named decisions brings in its headers.</summary>
    /// <exception cref="RefusedException"><c>parameter-invalid</c>.</exception>
    public static RequestTerms Of(IHeaderDictionary headers)
    {
        var terms = default(RequestTerms);
        if (headers.TryGetValue(PriorityHeader, out var priority))
        {
            terms = terms with { Priority = PriorityOf(Whole(priority.ToString()), PriorityHeader) };
        }

        if (headers.TryGetValue(TimeoutHeader, out var timeout))
        {
            var milliseconds = double.TryParse(timeout.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var given) ? given : -1;
            terms = terms with
            {
                TimeoutMicroseconds = milliseconds is >= 0 and <= MicrosecondsMax
                    ? (long)Math.Min(Math.Ceiling(milliseconds * 1000), MicrosecondsMax)
                    : throw Invalid(TimeoutHeader, "milliseconds from 0 to 1000000000000", "Send e.g. 250; 0 or no header takes the endpoint's own timeout."),
            };
        }

        return terms;
    }

    /// <summary>These terms with one parameter of the Open Inference Protocol taken in.</summary>
    /// <exception cref="RefusedException"><c>parameter-invalid</c>.</exception>
    public RequestTerms With(RequestParameter parameter, in ParameterValue value) => parameter switch
    {
        RequestParameter.Priority => this with { Priority = PriorityOf(value.Whole, "parameters.priority") },
        RequestParameter.Timeout => this with
        {
            TimeoutMicroseconds = value.Whole is >= 0 and var microseconds
                ? Math.Min(microseconds, MicrosecondsMax)
                : throw Invalid("parameters.timeout", "a whole number of microseconds, 0 or more", "Send e.g. 250000; 0 or none takes the endpoint's own timeout."),
        },
        RequestParameter.SequenceId => this with { SequenceId = SequenceOf(value) },
        RequestParameter.SequenceStart => this with { SequenceStart = Flag(value, "parameters.sequence_start") },
        RequestParameter.SequenceEnd => this with { SequenceEnd = Flag(value, "parameters.sequence_end") },
        _ => this,
    };

    /// <exception cref="RefusedException"><c>parameter-invalid</c>: terms that contradict each other.</exception>
    public void Check()
    {
        if ((SequenceStart || SequenceEnd) && SequenceId is null)
        {
            throw new RefusedException(new("parameter-invalid", RefusalKind.Malformed, "The request starts or ends a sequence and does not say which.", "parameters.sequence_id",
                "Send sequence_id, a string or a whole number other than 0."));
        }
    }

    /// <summary>Tells the rows how they are to be treated.</summary>
    /// <param name="arrivedAt">Timestamp of the TimeProvider.</param>
    public void Apply(PendingInference rows, ServedEndpoint endpoint, long arrivedAt, TimeProvider time)
    {
        endpoint.Prepare(rows, arrivedAt);
        if (Priority != 0)
        {
            rows.Priority = Priority;
        }

        if (TimeoutMicroseconds != 0)
        {
            var deadline = arrivedAt + (long)(TimeoutMicroseconds * (time.TimestampFrequency / 1e6));
            (rows.Hurried, rows.DeadlineAt) = (deadline < rows.DeadlineAt, deadline);
        }

        if (SequenceId is not null)
        {
            (rows.SequenceId, rows.SequenceStart, rows.SequenceEnd) = (SequenceId, SequenceStart, SequenceEnd);
        }
    }

    /// <exception cref="RefusedException"><c>parameter-invalid</c>.</exception>
    public static bool Flag(in ParameterValue value, string where) => value.Flag ?? throw Invalid(where, "true or false", "Send true or false.");

    private static RequestPriority PriorityOf(long? value, string where) =>
        value is >= 0 and <= (long)RequestPriority.Low
            ? (RequestPriority)value.Value
            : throw Invalid(where, "a whole number from 0 to 3", "Send 1 for high, 2 for normal, 3 for low, 0 or none for the endpoint's own.");

    private static string? SequenceOf(in ParameterValue value) => value switch
    {
        { Whole: 0 } or { Text: "" } => null,
        { Whole: { } number } => number.ToString(CultureInfo.InvariantCulture),
        { Text: { } text } when Encoding.UTF8.GetByteCount(text) <= SequencePrefix.IdBytesMax => text,
        _ => throw Invalid("parameters.sequence_id", $"a whole number, or a string of at most {SequencePrefix.IdBytesMax} bytes", "Send e.g. \"caller-7\"; 0 or an empty string is none."),
    };

    private static long? Whole(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole : null;

    private static RefusedException Invalid(string where, string wanted, string mend) =>
        new(new("parameter-invalid", RefusalKind.Malformed, $"'{where}' takes {wanted}.", where, mend));
}
