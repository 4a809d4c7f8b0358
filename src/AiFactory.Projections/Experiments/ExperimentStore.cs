using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Projections.Storage;
using Microsoft.Data.Sqlite;

namespace AiFactory.Projections.Experiments;

/// <summary>
/// experiments.db: totals by variant and model, and outcomes, the first of a decision counting. What an outcome is the outcome of is looked up in the log.
/// </summary>
internal sealed class ExperimentStore(string path, IDecisionLog decisions) : IProjectionStore
{
    private const string Schema = """
        CREATE TABLE variant (
            id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, endpoint TEXT NOT NULL, variant TEXT NOT NULL, model TEXT NOT NULL,
            exposures INTEGER NOT NULL DEFAULT 0, tp INTEGER NOT NULL DEFAULT 0, fp INTEGER NOT NULL DEFAULT 0, tn INTEGER NOT NULL DEFAULT 0,
            fn INTEGER NOT NULL DEFAULT 0, high INTEGER NOT NULL DEFAULT 0, low INTEGER NOT NULL DEFAULT 0,
            UNIQUE (tenant, endpoint, variant, model));
        CREATE TABLE decision (log TEXT NOT NULL, address INTEGER NOT NULL, variant INTEGER NOT NULL, positive INTEGER NOT NULL, PRIMARY KEY (log, address)) WITHOUT ROWID;
        CREATE TABLE outcome (
            log TEXT NOT NULL, address INTEGER NOT NULL, at INTEGER NOT NULL, tenant TEXT NOT NULL, endpoint TEXT NOT NULL, label TEXT NOT NULL, positive INTEGER NOT NULL,
            PRIMARY KEY (log, address)) WITHOUT ROWID;
        """;

    // Exposures from before this step count under no revision.
    private const string Revisions = """
        ALTER TABLE variant ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE variant ADD COLUMN revision_exposures INTEGER NOT NULL DEFAULT 0;
        """;

    private const string DecisionsStayInTheLog = "DROP TABLE decision";

    private readonly ProjectionDatabase _database = new(path, Schema, Revisions, DecisionsStayInTheLog);
    private readonly Dictionary<(string Tenant, string Endpoint, string Variant, string Model, int Version), VariantTotals> _variants = [];
    private Statements? _statements;

    private Statements Sql => _statements ??= new Statements(_database);

    public long Position(string log) => _database.Position(log);

    public bool HoldsOtherThan(string log) => _database.HoldsOtherThan(log);

    public void Apply(string log, IReadOnlyList<LogHead> records, long next)
    {
        _variants.Clear();
        _database.Apply(log, records, next, unapplied =>
        {
            foreach (var entry in unapplied)
            {
                if (entry.Record is OutcomeRecord outcome)
                {
                    Count(log, outcome);
                }
                else if (entry.Record is null && entry.Decision.Counts)
                {
                    Count(entry.Decision);
                }
            }

            foreach (var totals in _variants.Values)
            {
                _database.Run(
                    Sql.AddTotals, totals.Id, totals.Exposures, totals.Cells[0], totals.Cells[1], totals.Cells[2], totals.Cells[3], Amount.High(totals.Cost), Amount.Low(totals.Cost),
                    totals.Revision, totals.RevisionExposures);
            }
        });
    }

    public IReadOnlyList<VariantFigures> Figures(EndpointKey endpoint) =>
        _database.Query(Sql.ReadFigures, row => ReadFigures(row, 0), endpoint.Tenant, endpoint.Endpoint);

    /// <summary>Figures of all endpoints of all tenants.</summary>
    public IReadOnlyList<(string Tenant, string Endpoint, VariantFigures Figures)> AllFigures() =>
        _database.Query(Sql.ReadAllFigures, row => (row.GetString(0), row.GetString(1), ReadFigures(row, 2)));

    public OutcomeRecord? Outcome(string log, long address) => _database.Query(
        Sql.ReadOutcome,
        row => new OutcomeRecord(
            new DateTimeOffset(row.GetInt64(0), TimeSpan.Zero), row.GetString(1), row.GetString(2), address, row.GetString(3), row.GetBoolean(4)),
        log, address).SingleOrDefault();

    public string BeginAnew() => _database.BeginAnew("variant", "outcome");

    public void Dispose() => _database.Dispose();

    private static VariantFigures ReadFigures(SqliteDataReader row, int first) => new(
        row.GetString(first),
        row.GetString(first + 1),
        row.GetInt64(first + 2),
        row.GetInt64(first + 3),
        row.GetInt64(first + 4),
        row.GetInt64(first + 5),
        row.GetInt64(first + 6),
        Amount.Read(row, first + 7),
        row.GetInt64(first + 9),
        row.GetInt64(first + 10));

    private void Count(in DecisionHead decision)
    {
        var totals = TotalsOf(decision);
        totals.Expose(decision.Revision);
        totals.Cost += decision.Cost;
    }

    // An outcome whose decision is not there (lost to damage) is kept and counts nowhere.
    private void Count(string log, OutcomeRecord outcome)
    {
        var added = _database.Run(
            Sql.AddOutcome, log, outcome.DecisionAddress, outcome.At.UtcTicks, outcome.Tenant, outcome.Endpoint, outcome.Label, outcome.Positive);
        if (added == 1 && log == decisions.Name && decisions.Read(outcome.DecisionAddress) is DecisionRecord record && DecisionHead.Of(record) is { Counts: true } decision)
        {
            var cell = (decision.PositivePredicted, outcome.Positive) switch { (true, true) => 0, (true, false) => 1, (false, false) => 2, (false, true) => 3 };
            TotalsOf(decision).Cells[cell]++;
        }
    }

    private VariantTotals TotalsOf(in DecisionHead decision)
    {
        var key = (decision.Tenant, decision.Endpoint, decision.Variant, decision.Model, decision.ModelVersion);
        if (!_variants.TryGetValue(key, out var totals))
        {
            var model = $"{decision.Model}@{decision.ModelVersion}";
            _database.Run(Sql.AddVariant, decision.Tenant, decision.Endpoint, decision.Variant, model);
            totals = new(_database.Query(Sql.FindVariant, row => row.GetInt64(0), decision.Tenant, decision.Endpoint, decision.Variant, model).Single());
            _variants.Add(key, totals);
        }

        return totals;
    }

    /// <summary>What a batch adds to a variant. Cells: true and false positives, true and false negatives.</summary>
    private sealed class VariantTotals(long id)
    {
        public long Id { get; } = id;

        public long Exposures { get; private set; }

        public long Revision { get; private set; }

        public long RevisionExposures { get; private set; }

        public Picodollars Cost { get; set; }

        public long[] Cells { get; } = new long[4];

        public void Expose(long revision)
        {
            Exposures++;
            if (revision > Revision)
            {
                (Revision, RevisionExposures) = (revision, 0);
            }

            if (revision == Revision)
            {
                RevisionExposures++;
            }
        }
    }

    private sealed class Statements(ProjectionDatabase database)
    {
        public SqliteCommand AddVariant { get; } = database.Prepare(
            "INSERT INTO variant (tenant, endpoint, variant, model) VALUES ($tenant, $endpoint, $variant, $model) ON CONFLICT DO NOTHING",
            "$tenant", "$endpoint", "$variant", "$model");

        public SqliteCommand FindVariant { get; } = database.Prepare(
            "SELECT id FROM variant WHERE tenant = $tenant AND endpoint = $endpoint AND variant = $variant AND model = $model",
            "$tenant", "$endpoint", "$variant", "$model");

        // High and low are sums of their own, never carried: exact whatever their size.
        public SqliteCommand AddTotals { get; } = database.Prepare(
            """
            UPDATE variant SET exposures = exposures + $exposures, tp = tp + $tp, fp = fp + $fp, tn = tn + $tn, fn = fn + $fn, high = high + $high, low = low + $low,
                revision_exposures = CASE WHEN $revision > revision THEN $revisionExposures WHEN $revision = revision THEN revision_exposures + $revisionExposures
                    ELSE revision_exposures END,
                revision = MAX(revision, $revision)
            WHERE id = $id
            """,
            "$id", "$exposures", "$tp", "$fp", "$tn", "$fn", "$high", "$low", "$revision", "$revisionExposures");

        public SqliteCommand AddOutcome { get; } = database.Prepare(
            """
            INSERT INTO outcome (log, address, at, tenant, endpoint, label, positive) VALUES ($log, $address, $at, $tenant, $endpoint, $label, $positive)
            ON CONFLICT DO NOTHING
            """,
            "$log", "$address", "$at", "$tenant", "$endpoint", "$label", "$positive");

        public SqliteCommand ReadOutcome { get; } = database.Prepare(
            "SELECT at, tenant, endpoint, label, positive FROM outcome WHERE log = $log AND address = $address", "$log", "$address");

        public SqliteCommand ReadFigures { get; } = database.Prepare(
            "SELECT variant, model, exposures, tp, fp, tn, fn, high, low, revision, revision_exposures FROM variant WHERE tenant = $tenant AND endpoint = $endpoint ORDER BY variant, id",
            "$tenant", "$endpoint");

        public SqliteCommand ReadAllFigures { get; } = database.Prepare(
            """
            SELECT tenant, endpoint, variant, model, exposures, tp, fp, tn, fn, high, low, revision, revision_exposures FROM variant
            ORDER BY tenant, endpoint, variant, id
            """);
    }
}
