namespace AiFactory.Gateway;

/// <summary>Limits and habits of a gateway. Checked at start.</summary>
public sealed class GatewayOptions
{
    /// <summary>Whether every request must carry an API key. Default true; the factory sets it to false where it listens on loopback alone.</summary>
    public bool RequireApiKey { get; set; } = true;

    /// <summary>Most bytes of a decision or inference request. Default 4 MiB.</summary>
    public long DecisionBytesMax { get; set; } = 4L << 20;

    /// <summary>Most bytes of any other JSON body, and of a data contract. Default 4 MiB.</summary>
    public long ControlBytesMax { get; set; } = 4L << 20;

    /// <summary>Most bytes of a file to ingest. Default 10 GiB.</summary>
    public long IngestBytesMax { get; set; } = 10L << 30;

    /// <summary>Most bytes of a model to import. Default 2 GiB.</summary>
    public long ModelBytesMax { get; set; } = 2L << 30;

    /// <summary>Most instances in one named-decision request. Default 1000.</summary>
    public int InstancesMax { get; set; } = 1000;

    /// <summary>Most outcomes in one report. Default 10000.</summary>
    public int OutcomesMax { get; set; } = 10_000;

    /// <summary>Messages that a lane may have on their way to its worker. Default 2.</summary>
    public int LaneMessagesMax { get; set; } = 2;

    /// <summary>Rows that leave in one message, unless one request alone has more. Default 256.</summary>
    public int MessageRowsMax { get; set; } = 256;

    /// <summary>Rows that may wait in or travel on one lane; more are answered 503. Default 8192.</summary>
    public int LaneRowsMax { get; set; } = 8192;

    /// <summary>Mirrored requests that each shadow may have under way; those beyond are dropped and counted. Default 1024.</summary>
    public int ShadowRequestsMax { get; set; } = 1024;

    /// <summary>Bytes of rows and answers that each shadow's requests under way may hold, unless one alone has more. Default 16 MiB.</summary>
    public long ShadowBytesMax { get; set; } = 16L << 20;

    /// <summary>How long a worker may take to answer a message before another replica is asked; one of this process that answered nothing for so long is suspected. A message that takes over half of it to fail is not sent again in parts. Default 10 s.</summary>
    public TimeSpan InferTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a worker that did not answer is passed over while another can serve. Default 2 s.</summary>
    public TimeSpan SuspicionPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the directory of API keys is read again. Default 5 s.</summary>
    public TimeSpan ApiKeyRefreshPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request may wait for the first routes of its tenant. Default 10 s.</summary>
    public TimeSpan RouteWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a gateway that stops serves on while it says that it is not ready: longer than load balancers take to see it. Default zero.</summary>
    public TimeSpan DrainGrace { get; set; }

    /// <summary>How long a call that may be done twice, since it reads or has an idempotency key, is tried again while a silo is being replaced. Default 5 s.</summary>
    public TimeSpan FailoverWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most bytes of an answer that is kept for repeats of its idempotency key; a longer one is made again. Default 256 KiB.</summary>
    public int KeptAnswerBytesMax { get; set; } = 256 << 10;

    /// <summary>The factory's data folder as the status shows it. Default empty.</summary>
    public string DataFolder { get; set; } = "";
}
