"""What the embedder is trained to do: agree with the teachers, and bring pictures of one item together."""

import torch
from torch import Tensor
from torch.nn import functional


def cosine_loss(embeddings: Tensor, targets: Tensor) -> Tensor:
    """Mean of 1 - cosine. Both [n, d], unit length."""
    return (1.0 - (embeddings * targets).sum(dim=1)).mean()


def relational_loss(embeddings: Tensor, bank: Tensor, wide: Tensor, wide_bank: Tensor, temperature: float) -> Tensor:
    """KL from the teachers' neighbour distribution over the bank to the student's.

    embeddings [n, d] against bank [m, d] (targets of all training pictures);
    wide [n, w] against wide_bank [m, w] (the teachers' longer vectors of the same pictures).
    """
    student = functional.log_softmax(embeddings @ bank.T / temperature, dim=1)  # [n, m]
    teacher = functional.softmax(wide @ wide_bank.T / temperature, dim=1)  # [n, m]
    return functional.kl_div(student, teacher, reduction="batchmean")


def contrastive_loss(
    embeddings: Tensor, labels: Tensor, keys: Tensor, key_labels: Tensor, temperature: float
) -> Tensor:
    """Supervised contrastive loss of a batch against itself and a memory of earlier keys.

    embeddings [n, d], labels [n]; keys [m, d], key_labels [m] (m may be 0). Rows without a positive count nothing.
    """
    count = len(labels)
    logits = embeddings @ torch.cat([embeddings, keys]).T / temperature  # [n, n + m]
    positive = labels[:, None] == torch.cat([labels, key_labels])[None, :]  # [n, n + m]
    itself = torch.zeros_like(positive)
    itself[:, :count] = torch.eye(count, dtype=torch.bool, device=itself.device)
    log_share = functional.log_softmax(logits.masked_fill(itself, -1e4), dim=1)
    positive = positive & ~itself
    per_row = positive.sum(dim=1)
    rows = per_row > 0
    if not rows.any():
        return embeddings.sum() * 0.0
    mean_share = (log_share * positive).sum(dim=1)[rows] / per_row[rows]
    return -mean_share.mean()
