using System.Buffers.Binary;
using System.Numerics;
using AiFactory.Domain.Endpoints;

namespace AiFactory.Gateway.Caching;

/// <summary>An answer given before.</summary>
/// <param name="Output">Packed output rows.</param>
/// <param name="Original">Address of the decision that made it.</param>
internal readonly record struct CachedAnswer(ReadOnlyMemory<byte> Output, long Original);

/// <summary>
/// The answers of one endpoint at this gateway, by model version and whole input. A version never changes, so its name stands for its artefact's digest, and
/// a new version begins with nothing. A hash finds an answer and the whole input confirms it. Bounded in bytes, least recently used first out.
/// </summary>
internal sealed class AnswerCache
{
    private const int ShardsMax = 16;
    private const long ShardBytesMin = 1 << 20;

    private readonly AnswerShard[] _shards;
    private readonly TimeProvider _time;
    private readonly long _ageMax;
    private readonly ulong _seed;
    private long _hits;
    private long _misses;

    /// <param name="seed">Any number: makes collisions unforeseeable.</param>
    public AnswerCache(CacheTerms terms, TimeProvider time, ulong seed)
    {
        (Terms, _time, _seed) = (terms, time, seed);
        _ageMax = (long)(terms.SecondsMax * time.TimestampFrequency);
        _shards = new AnswerShard[(int)Math.Clamp(BitOperations.RoundUpToPowerOf2((ulong)(terms.BytesMax / ShardBytesMin)) / 2, 1, ShardsMax)];
        for (var i = 0; i < _shards.Length; i++)
        {
            _shards[i] = new(terms.BytesMax / _shards.Length);
        }
    }

    public CacheTerms Terms { get; }

    /// <summary>What is being computed.</summary>
    public AnswerFlights Flights { get; } = new();

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => _shards.Sum(shard => shard.Bytes);

    public int Count => _shards.Sum(shard => shard.Count);

    public long Hits => Volatile.Read(ref _hits);

    public long Misses => Volatile.Read(ref _misses);

    /// <param name="model"><c>name@version</c>.</param>
    /// <param name="anyAge">Also an answer older than <see cref="CacheTerms.SecondsMax"/>, as far as memory has kept it.</param>
    public bool TryGet(string model, int rows, ReadOnlySpan<byte> input, bool anyAge, out CachedAnswer answer)
    {
        var hash = Hash(model, rows, input);
        var oldest = anyAge ? long.MinValue : _time.GetTimestamp() - _ageMax;
        var found = Shard(hash).TryGet(hash, model, rows, input, oldest, out answer);
        if (found && !anyAge)
        {
            Interlocked.Increment(ref _hits);
        }

        return found;
    }

    /// <summary>Waits with others for the same answer, or lets others wait; see <see cref="AnswerFlights.Join"/>.</summary>
    public AnswerFlight? Join(string model, int rows, ReadOnlySpan<byte> input, RequestPriority priority, out bool leads) =>
        Flights.Join(Hash(model, rows, input), priority, out leads);

    /// <summary>Counts a request whose answer is not here, and will be computed.</summary>
    public void Missed() => Interlocked.Increment(ref _misses);

    /// <summary>Keeps an answer, in copy; one larger than a shard's share of the memory is not kept.</summary>
    public void Keep(string model, int rows, ReadOnlySpan<byte> input, ReadOnlySpan<byte> output, long original)
    {
        var hash = Hash(model, rows, input);
        Shard(hash).Keep(hash, model, rows, input, output, original, _time.GetTimestamp());
    }

    private AnswerShard Shard(ulong hash) => _shards[(int)(hash >> 48) & (_shards.Length - 1)];

    private ulong Hash(string model, int rows, ReadOnlySpan<byte> input)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        var hash = Mix(_seed ^ (ulong)(uint)rows, (ulong)string.GetHashCode(model, StringComparison.Ordinal) ^ ((ulong)input.Length << 32));
        while (input.Length >= sizeof(ulong))
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(input));
            input = input[sizeof(ulong)..];
        }

        var tail = 0UL;
        foreach (var b in input)
        {
            tail = (tail << 8) | b;
        }

        return Mix(hash, tail ^ Odd);

        static ulong Mix(ulong hash, ulong value)
        {
            var high = Math.BigMul(hash ^ Odd, value ^ 0xD1B54A32D192ED03, out var low);
            return high ^ low ^ BitOperations.RotateLeft(hash, 23);
        }
    }
}
