using System.Buffers.Binary;
using AiFactory.Domain.Models;
using AiFactory.Grains.Workers.Tests.Doubles;
using Orleans.Concurrency;

namespace AiFactory.Grains.Workers.Tests.Cluster;

/// <summary>Rows of one float32 each, as they go to a worker and come back.</summary>
internal static class Rows
{
    public static Immutable<byte[]> Message(params float[] rows)
    {
        var bytes = new byte[InferenceMessage.HeaderBytes + (rows.Length * sizeof(float))];
        InferenceMessage.WriteHeader(bytes, rows.Length, MessageTerms.Default);
        for (var row = 0; row < rows.Length; row++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(InferenceMessage.HeaderBytes + (row * sizeof(float))), rows[row]);
        }

        return new(bytes);
    }

    public static async Task<InferenceReply> Infer(this IWorkerGrain worker, ModelVersion model, params float[] rows) =>
        new((await worker.Infer(WorkerCluster.KeyOf(model).ToGrainKey(), Message(rows))).Value);

    public static float[] Scores(this InferenceReply reply) =>
        [.. Enumerable.Range(0, reply.PackedRows.Length / sizeof(float)).Select(row => BinaryPrimitives.ReadSingleLittleEndian(reply.PackedRows.Span[(row * sizeof(float))..]))];

    public static float[] Expected(float[] weights, params float[] rows) => Array.ConvertAll(rows, x => BasisModel.Score(weights, x));
}
