using AiFactory.Domain.Endpoints;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Gateway.Protection;

public sealed class LanePaceTests
{
    private const int SpanTicks = 10;
    private readonly FakeTimeProvider _time = new();
    private readonly LanePace _pace;

    public LanePaceTests() => _pace = new(_time);

    [Fact]
    public void EndSpan_WorkLeftOver_MeasuresTheRows()
    {
        for (var i = 0; i <= RowPace.SpansMin + 1; i++)
        {
            Span(answered: 20, outstanding: 100);
        }

        Assert.Equal(SpanTicks * 1_000_000 / 20.0, _pace.NanosecondsPerRow);
    }

    [Fact]
    public void EndSpan_NothingLeftOver_MeasuresNothing()
    {
        for (var i = 0; i < 20; i++)
        {
            Span(answered: 20, outstanding: 0);
        }

        Assert.Equal(0, _pace.NanosecondsPerRow);
    }

    [Fact]
    public void EndSpan_RowsThatWereNotAnswered_DoNotCount()
    {
        for (var i = 0; i <= RowPace.SpansMin + 1; i++)
        {
            _pace.Left(10, 90);
            _pace.Unanswered(10);
            Span(answered: 10, outstanding: 100);
        }

        Assert.Equal(SpanTicks * 1_000_000 / 10.0, _pace.NanosecondsPerRow);
    }

    [Fact]
    public void EndSpan_BatchLongerThanASpan_IsWaitedFor()
    {
        for (var i = 0; i <= RowPace.SpansMin + 1; i++)
        {
            Span(answered: 0, outstanding: 100);
            Span(answered: 0, outstanding: 100);
            Span(answered: 30, outstanding: 100);
        }

        Assert.Equal(3 * SpanTicks * 1_000_000 / 30.0, _pace.NanosecondsPerRow);
    }

    private void Span(int answered, int outstanding)
    {
        _time.Advance(TimeSpan.FromMilliseconds(SpanTicks));
        if (answered > 0)
        {
            _pace.Left(answered, outstanding);
        }

        _pace.EndSpan(_time.GetTimestamp(), outstanding);
    }
}
