"""Adds up many hospitals' numbers so that only the total can be read, by anybody.

A masked sum has five steps: advertise fresh keys, share secrets, send the masked input, confirm who is
in the sum, unmask. It follows double masking with Shamir shares and a signed consistency round (Bonawitz
et al., CCS 2017, the variant against a server that lies). n participants, threshold t.

What it holds against
  * A coordinator that follows the protocol, together with up to t-1 hospitals: it learns the sum alone.
  * A coordinator that lies, together with c hospitals, as long as 2t > n + c. It may show different
    hospitals different keys, survivors or inputs, replay, drop and delay. To learn both masks of one
    hospital it needs two groups of t that confirm different survivors; two such groups overlap in at
    least 2t - n hospitals, and an honest one confirms once. Hence t >= floor(2n/3) + 1: it stands against
    every c <= n/3. Sites of one legal entity are one colluder, so t is also above (n + largest entity) / 2.
  * Replay of another round or job: every key and signature is bound to the digest of the context.
  * False hospitals: keys come from the federation root, one key once, one legal entity counts once, and
    three distinct ones must stand in the sum.

What it does not hide
  * The sum. Hospitals that collude with each other subtract their own parts from it; what remains is the
    sum of the others. Whether the sum itself may be seen is for the disclosure rules.
    Sealed, it is kept from the coordinator only as long as no survivor passes it on.
  * Who took part, who dropped out, when, and how long the vector is.
  * A lie about one's own numbers. The declared range of the total bounds it; no mask can prevent it.
  * It does not promise an answer: anybody who sends nonsense can stop a sum, and nothing is revealed.

What the caller must do
  * Store `export_state()` and the message before the message is sent, and resend the stored bytes.
  * Make one party per context, ever; a repetition takes another round label. A restored backup that
    would make a second one must not be used.
"""
