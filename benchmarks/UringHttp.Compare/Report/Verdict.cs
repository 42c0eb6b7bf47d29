namespace UringHttp.Compare;

/// <summary>How an arm stands to the baseline in a row.</summary>
internal enum Verdict
{
    Even,
    Better,
    Worse,
}
