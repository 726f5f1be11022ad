"""The embedder's parts on tiny made-up pictures: shapes, one step of training, and the exported file."""

import numpy as np
import onnx
import torch

from snapshelf_training import export, geometry, losses, metrics
from snapshelf_training.augment import Augmenter, white_to_alpha
from snapshelf_training.batches import FIRST_INVENTED_LABEL, INVENTED, BatchConfig, BatchMaker, TrainingSet
from snapshelf_training.data import CACHE_SIDE, Cache, Entry
from snapshelf_training.embedder import embed_with
from snapshelf_training.inventions import draw_print, draw_recolour
from snapshelf_training.onnx_embed import embed_with_onnx
from snapshelf_training.resnet import Embedder, ModelConfig

SMALL = ModelConfig(channels=(8, 16, 16, 24))


def noise(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (count, size, size, 3)).astype(np.uint8)


def test_letterbox_keeps_the_whole_picture_centred_on_white():
    square = geometry.letterbox(np.zeros((10, 40, 3), np.uint8), 20)
    assert square.shape == (20, 20, 3)
    assert square[6].min() == 255 and square[7].max() == 0 and square[11].max() == 0 and square[12].min() == 255


def test_embeddings_have_unit_length_at_any_input_size():
    vectors = embed_with(Embedder(SMALL))(noise(2, 48))
    assert vectors.shape == (2, 256)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_losses_fall_when_one_batch_is_repeated():
    torch.manual_seed(1)
    model = Embedder(SMALL)
    images, labels = torch.randn(8, 3, 32, 32), torch.arange(8) // 2
    targets = torch.nn.functional.normalize(torch.randn(8, 256), dim=1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    nothing = torch.zeros(0, 256), torch.zeros(0, dtype=torch.long)
    history = []
    for _ in range(8):
        vectors = model(images)
        loss = losses.cosine_loss(vectors, targets) + losses.contrastive_loss(vectors, labels, *nothing, 0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        history.append(loss.item())
    assert history[-1] < history[0] - 0.2


def test_relational_loss_is_zero_where_student_and_teacher_agree():
    vectors = torch.nn.functional.normalize(torch.randn(6, 16), dim=1)
    assert abs(losses.relational_loss(vectors, vectors, vectors, vectors, 0.05).item()) < 1e-5


def test_recall_counts_an_item_with_several_pictures_once():
    gallery = np.eye(4, dtype=np.float32)
    query = np.array([[0.9, 0.8, 0.7, 0.0]], np.float32)
    scores = metrics.recall_at(query, ["b"], gallery, ["a", "a", "b", "c"], (1, 2))
    assert scores == {"r@1": 0.0, "r@2": 1.0}


def test_photo_views_have_the_asked_size_and_repeat_with_the_seed():
    picture = np.full((60, 40, 3), 255, np.uint8)
    picture[15:45, 10:30] = (200, 30, 30)
    cutout = white_to_alpha(picture)
    assert cutout is not None and cutout[0, 0, 3] == 0 and cutout[30, 20, 3] == 255
    augmenter = Augmenter([noise(1, 50)[0]])
    first, second = (augmenter.photo_view(np.random.default_rng(5), cutout, 64) for _ in range(2))
    assert first.shape == (64, 64, 3)
    np.testing.assert_array_equal(first, second)


def test_exported_model_agrees_with_python(tmp_path):
    torch.manual_seed(2)
    model = Embedder().eval()
    file = tmp_path / "model.onnx"
    onnx.save(export.store_half(export.to_onnx(model, 64)), file)
    export.write_card(tmp_path / "model.json", export.make_card(file, 64, "0", {}))
    embed, size = embed_with_onnx(tmp_path / "model.json")
    pictures = noise(5, size)
    cosines = (embed(pictures) * embed_with(model)(pictures)).sum(axis=1)
    assert cosines.min() > 0.999
    assert file.stat().st_size < 11_000_000


def made_up_cache() -> Cache:
    """Three items on white, a catalog picture and a photo each."""
    pixels = np.full((6, CACHE_SIDE, CACHE_SIDE, 3), 255, np.uint8)
    pixels[:, 40:150, 60:130] = noise(6, 110)[:, :, :70]
    entries = [
        Entry(f"{number}.jpg", "magento", f"magento:{number // 2}", ("catalog", "photo")[number % 2], "train")
        for number in range(6)
    ]
    return Cache(entries, pixels, np.full((6, 2), CACHE_SIDE, np.int32))


def test_a_recoloured_product_keeps_its_shape_and_changes_its_colours():
    rng = np.random.default_rng(4)
    picture = np.full((40, 40, 4), 255, np.uint8)
    picture[10:30, 10:30, :3] = (200, 30, 30)
    changed = draw_recolour(rng)(picture)
    np.testing.assert_array_equal(changed[:, :, 3], picture[:, :, 3])
    inside = changed[10:30, 10:30, :3]
    assert (inside == inside[0, 0]).all() and np.abs(inside[0, 0].astype(int) - (200, 30, 30)).max() > 30


def test_prints_differ_and_repeat_with_the_seed():
    first, again, other = (draw_print(np.random.default_rng(seed), [noise(1, 50)[0]], 96) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert max(first.shape[:2]) == 96 and first.shape[2] == 4
    assert first.shape != other.shape or (first != other).any()


def test_an_invented_item_is_a_pair_of_its_own_without_a_teacher():
    batch = BatchMaker(TrainingSet([made_up_cache()], set()), BatchConfig(0, 3, 0, 0, 0.5, prints=2, recoloured=1.0), 32, 7).next()
    assert batch["images"].shape == (10, 3, 32, 32) and (batch["index"] == INVENTED).all()
    labels, counts = np.unique(batch["label"], return_counts=True)
    assert (counts == 2).all() and labels.min() >= FIRST_INVENTED_LABEL
