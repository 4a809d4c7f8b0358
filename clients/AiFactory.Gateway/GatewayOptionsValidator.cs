using Microsoft.Extensions.Options;

namespace AiFactory.Gateway;

internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var faults = new List<string>();
        AtLeast(nameof(options.DecisionBytesMax), options.DecisionBytesMax, 1024);
        AtLeast(nameof(options.ControlBytesMax), options.ControlBytesMax, 1024);
        AtLeast(nameof(options.IngestBytesMax), options.IngestBytesMax, 1024);
        AtLeast(nameof(options.ModelBytesMax), options.ModelBytesMax, 1024);
        AtLeast(nameof(options.InstancesMax), options.InstancesMax, 1);
        AtLeast(nameof(options.OutcomesMax), options.OutcomesMax, 1);
        AtLeast(nameof(options.LaneMessagesMax), options.LaneMessagesMax, 1);
        AtLeast(nameof(options.MessageRowsMax), options.MessageRowsMax, 1);
        AtLeast(nameof(options.LaneRowsMax), options.LaneRowsMax, 1);
        AtLeast(nameof(options.ShadowRequestsMax), options.ShadowRequestsMax, 1);
        AtLeast(nameof(options.ShadowBytesMax), options.ShadowBytesMax, 1);
        AtLeast(nameof(options.KeptAnswerBytesMax), options.KeptAnswerBytesMax, 0);
        Positive(nameof(options.InferTimeout), options.InferTimeout);
        Positive(nameof(options.SuspicionPeriod), options.SuspicionPeriod);
        Positive(nameof(options.ApiKeyRefreshPeriod), options.ApiKeyRefreshPeriod);
        Positive(nameof(options.RouteWait), options.RouteWait);
        if (options.DecisionBytesMax > int.MaxValue || options.ControlBytesMax > int.MaxValue)
        {
            faults.Add($"Gateway:{nameof(options.DecisionBytesMax)} and {nameof(options.ControlBytesMax)} must be below 2 GiB; set a smaller limit.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void AtLeast(string option, long value, long least)
        {
            if (value < least)
            {
                faults.Add($"Gateway:{option} is {value}; set it to {least} or more.");
            }
        }

        void Positive(string option, TimeSpan value)
        {
            if (value <= TimeSpan.Zero)
            {
                faults.Add($"Gateway:{option} is {value}; set it to more than zero.");
            }
        }
    }
}
