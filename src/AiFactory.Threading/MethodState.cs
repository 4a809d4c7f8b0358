using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace AiFactory.Threading;

/// <summary>An asynchronous method under way, and what its caller awaits.</summary>
internal abstract class MethodState<T> : IValueTaskSource<T>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<T> _core;

    public short Version => _core.Version;

    public void SetResult(T result) => _core.SetResult(result);

    public void SetException(Exception exception) => _core.SetException(exception);

    public T GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            Return();
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    protected abstract void Return();
}

/// <summary>The state of one method, with its locals. Pooled from when its caller has the result.</summary>
internal sealed class MethodState<T, TMachine> : MethodState<T>
    where TMachine : IAsyncStateMachine
{
    private static readonly ContextCallback InContext = static state => ((MethodState<T, TMachine>)state!)._machine!.MoveNext();

    private readonly Action _moveNext;
    private TMachine? _machine;
    private ExecutionContext? _context;

    private MethodState() => _moveNext = MoveNext;

    public static MethodState<T, TMachine> Rent() => ReusePool<MethodState<T, TMachine>>.TryRent() ?? new();

    /// <summary>Takes the method's locals, at its first wait.</summary>
    public void Take(TMachine machine) => _machine = machine;

    /// <summary>What resumes the method.</summary>
    public Action Suspend()
    {
        _context = ExecutionContext.Capture();
        return _moveNext;
    }

    protected override void Return()
    {
        (_machine, _context) = (default, null);
        ReusePool<MethodState<T, TMachine>>.Return(this);
    }

    private void MoveNext()
    {
        if (_context is { } context)
        {
            ExecutionContext.Run(context, InContext, this);
        }
        else
        {
            _machine!.MoveNext();
        }
    }
}
