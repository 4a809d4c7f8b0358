using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Csv;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>Reads the rows of a file one by one: good ones into batches, bad ones into quarantine.</summary>
/// <param name="csv">Stands behind the header.</param>
/// <param name="columnOfField">The contract's column of each field, in file order.</param>
/// <param name="checks">In the contract's order.</param>
internal sealed class RowIntake(
    CsvScanner csv,
    IReadOnlyList<string> header,
    DataContract contract,
    int[] columnOfField,
    FieldCheck[] checks,
    QuarantineBatch quarantine)
{
    private readonly RowFaults faults = new();
    private readonly FieldCheck[] checkOfField = [.. columnOfField.Select(column => checks[column])];
    private readonly FieldCheck[] uniqueChecks = [.. checks.Where((_, column) => contract.Columns[column].Unique)];
    private QuarantinedRow? firstFault;
    private long rowsRead, rowsQuarantined;

    public RowCounts Counts => new(rowsRead, rowsQuarantined, firstFault);

    /// <summary>Reads on until the batch or the quarantine batch is full; false when that was the end of the file.</summary>
    /// <exception cref="RefusedException">The file is malformed from here on, or has too many rows.</exception>
    public bool Fill(RowBatch batch)
    {
        for (var column = 0; column < checks.Length; column++) checks[column].Bind(batch.Columns[column]);
        while (!batch.IsFull && !quarantine.Batch.IsFull)
        {
            if (!csv.Read()) return false;
            rowsRead++;
            TakeRow(batch);
        }

        return DatasetRules.CheckRowsMax(contract, rowsRead) is { } refusal ? throw new RefusedException(refusal) : true;
    }

    private void TakeRow(RowBatch batch)
    {
        if (csv.FieldCount != checkOfField.Length)
        {
            faults.Add(RowFaults.WholeRow, QuarantineReason.WrongFieldCount);
        }
        else if (csv.HasStrayQuote)
        {
            faults.Add(RowFaults.WholeRow, QuarantineReason.StrayQuote);
        }
        else
        {
            for (var field = 0; field < checkOfField.Length; field++) checkOfField[field].Take(csv.Field(field), field, faults);
            if (faults.Any) batch.RemoveLastRow();
        }

        if (faults.Any) Quarantine();
        else foreach (var check in uniqueChecks) check.Accept();
    }

    private void Quarantine()
    {
        rowsQuarantined++;
        quarantine.Add(rowsRead, csv, faults, header);
        var (field, reason) = faults.All[0];
        firstFault ??= new(rowsRead, field == RowFaults.WholeRow ? null : header[field], reason, null, Encoding.UTF8.GetString(csv.Line));
        faults.Clear();
    }
}
