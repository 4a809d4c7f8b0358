using System.Runtime.CompilerServices;

namespace AiFactory.Threading;

/// <summary>
/// Builds asynchronous methods whose state is reused, for methods of which hundreds are under way at once: as
/// <see cref="PoolingAsyncValueTaskMethodBuilder{TResult}"/>, which keeps no more than one state a thread and a core. What a method returns is awaited once.
/// </summary>
public struct ReusedMethodBuilder<T>
{
    private MethodState<T>? _state;
    private T? _result;
    private Exception? _failure;

    /// <summary>What the method returns.</summary>
    public readonly ValueTask<T> Task =>
        _state is { } state ? new(state, state.Version)
        : _failure is { } failure ? ValueTask.FromException<T>(failure)
        : new(_result!);

    internal readonly MethodState<T>? State => _state;

    internal readonly Exception? Failure => _failure;

#pragma warning disable CA1000, CA1822 // The compiler asks for a static method here, and calls the others on an instance.
    public static ReusedMethodBuilder<T> Create() => default;

    public readonly void Start<TMachine>(ref TMachine machine)
        where TMachine : IAsyncStateMachine => default(AsyncValueTaskMethodBuilder).Start(ref machine);

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
        // Only for machines that are boxed, which these never are.
    }
#pragma warning restore CA1000, CA1822

    public void SetResult(T result)
    {
        if (_state is { } state)
        {
            state.SetResult(result);
        }
        else
        {
            _result = result;
        }
    }

    public void SetException(Exception exception)
    {
        if (_state is { } state)
        {
            state.SetException(exception);
        }
        else
        {
            _failure = exception;
        }
    }

    public void AwaitOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine machine)
        where TAwaiter : INotifyCompletion
        where TMachine : IAsyncStateMachine => awaiter.OnCompleted(Suspend(ref machine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine machine)
        where TAwaiter : ICriticalNotifyCompletion
        where TMachine : IAsyncStateMachine => awaiter.UnsafeOnCompleted(Suspend(ref machine));

    private Action Suspend<TMachine>(ref TMachine machine)
        where TMachine : IAsyncStateMachine
    {
        if (_state is MethodState<T, TMachine> known)
        {
            return known.Suspend();
        }

        // This builder is a field of the machine: it learns of its state before the machine is copied there.
        var state = MethodState<T, TMachine>.Rent();
        _state = state;
        state.Take(machine);
        return state.Suspend();
    }
}

/// <summary>As <see cref="ReusedMethodBuilder{T}"/>, for methods without a result.</summary>
public struct ReusedMethodBuilder
{
    private ReusedMethodBuilder<bool> _inner;

    /// <summary>What the method returns.</summary>
    public readonly ValueTask Task =>
        _inner.State is { } state ? new(state, state.Version)
        : _inner.Failure is { } failure ? ValueTask.FromException(failure)
        : ValueTask.CompletedTask;

    public static ReusedMethodBuilder Create() => default;

    public readonly void Start<TMachine>(ref TMachine machine)
        where TMachine : IAsyncStateMachine => _inner.Start(ref machine);

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine) => _inner.SetStateMachine(stateMachine);

    public void SetResult() => _inner.SetResult(true);

    public void SetException(Exception exception) => _inner.SetException(exception);

    public void AwaitOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine machine)
        where TAwaiter : INotifyCompletion
        where TMachine : IAsyncStateMachine => _inner.AwaitOnCompleted(ref awaiter, ref machine);

    public void AwaitUnsafeOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine machine)
        where TAwaiter : ICriticalNotifyCompletion
        where TMachine : IAsyncStateMachine => _inner.AwaitUnsafeOnCompleted(ref awaiter, ref machine);
}
