namespace UringHttp.Simulation;

/// <summary>A peer's end of a connection: it reads requests, and answers them as <see cref="AnswerMaker"/> says.</summary>
internal sealed class PeerConnection(World world, PeerNetwork network, SimulatedSocket socket, SocketActions actions, int port, int number)
{
    private const long Patience = 120 * World.Second;

    private readonly SeededRandom _random = new(SeededRandom.Mix(world.Seed, (ulong)(1000 + number)));
    private readonly RequestReader _reader = new();

    /// <summary>Requests of a pipeline that have come before their answer was next.</summary>
    private readonly Queue<RequestRecord> _waiting = new();

    /// <summary>Whether the request that is being read has its answer already.</summary>
    private bool _isAnsweredEarly;
    private bool _isAnswering;
    private bool _isWithinAnswer;
    private bool _isOver;
    private int _answered;

    /// <summary>Whether it has said something that nobody asked for.</summary>
    public bool HasStrayed { get; private set; }

    private bool IsSlow
    {
        get
        {
            bool isSlow = world.Faults.Has(Fault.PeerSlow) && _random.Chance(300);
            if (isSlow)
            {
                world.Faults.Count(Fault.PeerSlow);
            }

            return isSlow;
        }
    }

    /// <summary>Bytes that the client has sent.</summary>
    public void Take(byte[] bytes)
    {
        if (_isOver)
        {
            return;
        }

        _reader.Add(bytes);
        try
        {
            Read();
        }
        catch (SimulationException e)
        {
            world.Fail(e.Message);
        }
    }

    /// <summary>The client has closed, or will send nothing more.</summary>
    public void OnClientEnds() => _isOver = true;

    private void Read()
    {
        while (!_isOver)
        {
            if (_reader.TryReadHead())
            {
                OnHead();
            }

            RequestRecord? record = _reader.Id >= 0 ? network.Records[_reader.Id] : null;
            if (!_reader.TryReadContent(out byte[] content))
            {
                return;
            }

            if (!content.AsSpan().SequenceEqual(record!.Plan.Content.Span))
            {
                throw new SimulationException($"the content of request {record.Plan.Id} came other than it was sent");
            }

            if (!_isAnswering && !_isAnsweredEarly)
            {
                Answer(record, isEarly: false);
            }

            _isAnsweredEarly = false;
        }
    }

    private void OnHead()
    {
        RequestRecord record = network.Records[_reader.Id];
        if (port != record.Plan.FirstHop || _reader.Target != record.Plan.Target || _reader.Host != record.Plan.Authority)
        {
            throw new SimulationException($"request {_reader.Id} came to port {port} as {_reader.Target}, for {_reader.Host}");
        }

        if (_isAnswering && record.Plan.MayPipeline)
        {
            _waiting.Enqueue(record);
            return;
        }

        if (_isAnswering && HasStrayed)
        {
            Reset(); // what it had said unasked was taken for the answer that is still on its way
            return;
        }

        if (_isAnswering)
        {
            throw new SimulationException($"request {_reader.Id} came before the answer to the one before it was sent");
        }

        if (_reader.Method != record.Plan.Method)
        {
            throw new SimulationException($"request {_reader.Id} came as {_reader.Method}");
        }

        if (world.Faults.Strikes(Fault.AnswerEarly, _random))
        {
            Answer(record, isEarly: true);
        }
        else if (_reader.ExpectsContinue && _random.Chance(700))
        {
            byte[] interim = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();
            Attempt attempt = PeerNetwork.AttemptOf(record, socket);
            attempt.Discount(interim.Length);
            Later(_random.Spread(World.Microsecond, 2 * World.Second), () => actions.Arrive(socket, interim));
            attempt.HasInterimsToCome = true;
        }
    }

    private void Answer(RequestRecord record, bool isEarly)
    {
        Attempt attempt = PeerNetwork.AttemptOf(record, socket);
        Answer answer = network.Answers.Make(record.Plan, record.Attempts.IndexOf(attempt), _random, isEarly);
        attempt.Answer = answer;
        _isAnsweredEarly = isEarly;
        _isAnswering = true;
        if (world.IsTraced)
        {
            world.Note($"  peer {number} answers {answer.Name}: {answer.Status}, {answer.Wire.Length} bytes, then {answer.After}"
                + (answer.IsSound ? "" : ", not sound"));
            world.Note("    " + System.Text.Encoding.Latin1.GetString(answer.Wire.AsSpan(0, Math.Min(200, answer.Wire.Length)))
                .ReplaceLineEndings("|"));
        }

        long delay = _random.Spread(World.Microsecond, IsSlow ? 3 * World.Second : 5 * World.Millisecond);
        Later(attempt.HasInterimsToCome ? delay + (3 * World.Second) : delay, () => SendPiece(attempt, answer, 0));
    }

    private void SendPiece(Attempt attempt, Answer answer, int from)
    {
        int left = answer.Wire.Length - from;
        if (left > 0)
        {
            int count = _random.Chance(500) ? left : 1 + _random.Below(left);
            actions.Arrive(socket, answer.Wire.AsSpan(from, count));
            from += count;
            left -= count;
        }

        _isWithinAnswer = left > 0 || !answer.IsSound || answer.After != AfterAnswer.Keep; // the end of the connection may be the body's
        if (left > 0)
        {
            Later(_random.Spread(World.Microsecond, IsSlow ? World.Second : World.Millisecond), () => SendPiece(attempt, answer, from));
            return;
        }

        network.OnAnswering();
        if (answer.Extra.Length > 0)
        {
            HasStrayed = true;
            PeerNetwork.OnStrays(attempt);
            Later(_random.Chance(500) ? 0 : _random.Spread(1, World.Second), () => Stray(answer.Extra));
        }

        End(answer);
    }

    /// <summary>
    /// Says what nobody asked for, before an answer or after it. Within one, or where the rest of one is missing, it would be the
    /// answer, and no reader could tell.
    /// </summary>
    private void Stray(byte[] bytes)
    {
        if (!_isWithinAnswer)
        {
            actions.Arrive(socket, bytes);
        }
    }

    private void End(Answer answer)
    {
        switch (answer.After)
        {
            case AfterAnswer.Close:
                Later(_random.Chance(500) ? 0 : _random.Spread(1, World.Millisecond), EndConnection);
                break;
            case AfterAnswer.Reset:
                Later(_random.Chance(500) ? 0 : _random.Spread(1, World.Millisecond), Reset);
                break;
            case AfterAnswer.Stall:
                Later(Patience, Reset);
                break;
            case AfterAnswer.Keep when !answer.IsSound:
                Later(Patience, EndConnection);
                break;
            default:
                _isAnswering = false;
                _answered++;
                GoOn();
                break;
        }
    }

    /// <summary>An answer is over: the next one in line, or the connection is idle.</summary>
    private void GoOn()
    {
        if (!_waiting.TryDequeue(out RequestRecord? next))
        {
            int answered = _answered;
            bool isHasty = world.Faults.Strikes(Fault.IdleEnds, _random);
            Later(isHasty ? _random.Spread(1, 5 * World.Second) : Patience, () => EndIdle(answered));
        }
        else if (world.Faults.Strikes(Fault.PipelineEnds, _random))
        {
            _isAnswering = true; // what comes now is not answered either
            Later(_random.Chance(500) ? 0 : _random.Spread(1, World.Millisecond), EndAnyhow);
        }
        else
        {
            Answer(next, isEarly: false);
        }
    }

    private void EndIdle(int answered)
    {
        if (_answered == answered && !_isAnswering)
        {
            EndAnyhow();
        }
    }

    private void EndAnyhow()
    {
        if (_random.Chance(500))
        {
            EndConnection();
        }
        else
        {
            Reset();
        }
    }

    private void EndConnection()
    {
        _isOver = true;
        actions.ArriveEnd(socket);

        // Who sends to what is closed is told by a reset.
        world.After(_random.Spread(World.Millisecond, World.Second), () => socket.RefusesBytes = true);
    }

    private void Reset()
    {
        _isOver = true;
        actions.ArriveReset(socket);
    }

    private void Later(long delay, Action action) => world.After(delay, () =>
    {
        if (!_isOver)
        {
            action();
        }
    });
}
