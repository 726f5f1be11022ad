"""The embedder's networks: shapes of all depths, torchvision's weights, old checkpoints, the exported file."""

import sys

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from snapshelf_training import checkpoint, export, import_weights
from snapshelf_training.onnx_embed import embed_with_onnx
from snapshelf_training.resnet import DEPTHS, Embedder, ModelConfig, pool, resnet

from shapes import without_numbers

# Parameters of torchvision's networks without the classifier.
BACKBONE_PARAMETERS = {18: 11_176_512, 34: 21_284_672, 50: 23_508_032, 101: 42_500_160, 152: 58_143_808}


def torchvision_resnet(depth: int) -> nn.Module:
    """torchvision's network with random weights and statistics, as no start-up value could imitate them."""
    models = pytest.importorskip("torchvision").models
    torch.manual_seed(depth)
    network = getattr(models, f"resnet{depth}")(weights=None)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return network.eval()


def torchvision_features(network: nn.Module, images: Tensor) -> Tensor:
    x = network.maxpool(network.relu(network.bn1(network.conv1(images))))
    return network.layer4(network.layer3(network.layer2(network.layer1(x))))


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_depth_has_torchvisions_shapes(depth):
    with without_numbers():
        model = Embedder(resnet(depth))
        images = torch.zeros(2, 3, 224, 224)
    parameters = [*model.stem.parameters(), *model.stages.parameters()]
    assert sum(p.numel() for p in parameters) == BACKBONE_PARAMETERS[depth]
    features = model.features(images)
    assert features.shape == (2, 2048 if depth >= 50 else 512, 7, 7)
    assert model.head(model.norm(pool(features, 3))).shape == (2, 256)


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_depth_has_torchvisions_tensors(depth):
    models = pytest.importorskip("torchvision").models
    with without_numbers():
        theirs = getattr(models, f"resnet{depth}")(weights=None).state_dict()
        ours = Embedder(resnet(depth)).state_dict()
    renamed = {import_weights.our_name(name, DEPTHS[depth][0]): value.shape for name, value in theirs.items()}
    renamed.pop(None)  # fc
    own = ("norm.", "head.")
    assert renamed == {name: value.shape for name, value in ours.items() if not name.startswith(own)}


@pytest.mark.parametrize("depth", [18, 50])
def test_torchvision_weights_give_torchvisions_features(depth):
    network = torchvision_resnet(depth)
    model = Embedder(resnet(depth, pool_power=1)).eval()
    import_weights.load_torchvision(model, network.state_dict())
    images = torch.randn(2, 3, 80, 64)
    with torch.no_grad():
        wanted, got = torchvision_features(network, images), model.features(images)
        averaged = network.avgpool(wanted).flatten(1)
    scale = wanted.abs().max()
    torch.testing.assert_close(got / scale, wanted / scale, rtol=0, atol=1e-4)
    torch.testing.assert_close(pool(got, 1) / scale, averaged / scale, rtol=0, atol=1e-4)


def test_one_command_turns_a_torchvision_file_into_a_start_for_training(tmp_path, monkeypatch, capsys):
    network = torchvision_resnet(18)
    torch.save(network.state_dict(), tmp_path / "resnet18.pth")
    out = tmp_path / "start.pt"
    monkeypatch.setattr(sys, "argv", ["import_weights", str(tmp_path / "resnet18.pth"), "--depth", "18", "--out", str(out)])
    import_weights.main()
    assert "untrained" in capsys.readouterr().out
    state = checkpoint.read(out)
    model = checkpoint.build_average(state)
    assert (model.config, checkpoint.origin_of(state)) == (resnet(18), "torchvision weights resnet18.pth")
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        wanted = torchvision_features(network, images)
        torch.testing.assert_close(model.features(images), wanted, rtol=1e-4, atol=1e-4 * wanted.abs().max().item())


def test_weights_of_another_depth_are_refused_by_name():
    state = {f"layer1.0.conv{n}.weight": torch.zeros(1) for n in (1, 2, 3)}
    with pytest.raises(ValueError, match="not of resnet18: the file lacks"):
        import_weights.load_torchvision(Embedder(resnet(18)), state)
    with pytest.raises(ValueError, match="has unknown"):
        with without_numbers():
            model = Embedder(resnet(18))
        import_weights.load_torchvision(model, model.state_dict())  # norm.weight and the like are not torchvision's


def test_other_files_and_names_of_weights_are_refused(tmp_path):
    torch.save({"model": {}, "epoch": 3}, tmp_path / "run.pt")
    with pytest.raises(ValueError, match="not a state dict"):
        import_weights.read_weights(str(tmp_path / "run.pt"), 18)
    pytest.importorskip("torchvision")
    with pytest.raises(ValueError, match="IMAGENET1K_V2"):
        import_weights.read_weights("IMAGENET9", 50)


def test_width_multiplies_the_channels_and_the_work():
    assert resnet(50, width=0.5).channels == (32, 64, 128, 256)
    assert resnet(18, width=0.1).channels == (8, 16, 24, 48)
    counts = [sum(p.numel() for p in Embedder(resnet(34, width)).stages.parameters()) for width in (0.5, 0.25)]
    assert 3.9 < counts[0] / counts[1] < 4.0


def test_pooling_goes_from_the_mean_to_the_maximum():
    x = torch.rand(2, 5, 4, 4)
    torch.testing.assert_close(pool(x, 1), x.mean(dim=(2, 3)))
    assert (pool(x, 1) < pool(x, 3)).all() and (pool(x, 3) < x.amax(dim=(2, 3))).all()
    torch.testing.assert_close(pool(x, 80), x.amax(dim=(2, 3)), atol=0.06, rtol=0)


@pytest.mark.parametrize("config", [resnet(18, 0.125), resnet(50, 0.125, pool_power=1)], ids=lambda c: c.name)
def test_training_lowers_the_loss(config):
    torch.manual_seed(1)
    model = Embedder(config)
    images, targets = torch.randn(6, 3, 64, 64), nn.functional.normalize(torch.randn(6, 256), dim=1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    history = []
    for _ in range(3):
        loss = (1 - (model(images) * targets).sum(dim=1)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        history.append(loss.item())
    assert history[1] < history[0] and history[2] < history[1]


def test_checkpoints_without_a_config_hold_the_slim_network(tmp_path):
    weights = Embedder().state_dict()
    # The names that shipped checkpoints carry: renaming a module would lose them.
    assert {"stem.0.weight", "stages.2.shortcut.0.weight", "stages.6.norm2.running_var", "norm.weight", "head.bias"} < set(weights)
    torch.save({"model": weights, "average": weights, "optimiser": {}, "pictures": 7}, tmp_path / "last.pt")
    state = checkpoint.read(tmp_path / "last.pt")
    model = checkpoint.build_average(state)
    assert (model.config, checkpoint.origin_of(state)) == (ModelConfig(), "random weights")
    torch.testing.assert_close(model.head.weight, weights["head.weight"])
    torch.save(weights, tmp_path / "plain.pt")
    with pytest.raises(ValueError, match="not a checkpoint"):
        checkpoint.read(tmp_path / "plain.pt")


def test_an_exported_bottleneck_network_agrees_with_python(tmp_path):
    torch.manual_seed(2)
    config = resnet(50, width=0.125)
    model = Embedder(config).eval()
    file = tmp_path / "model.onnx"
    onnx.save(export.store_half(export.to_onnx(model, 64)), file)
    card = export.make_card(file, 64, "0", {}, config, "torchvision weights x.pth")
    export.write_card(tmp_path / "model.json", card)
    assert card["name"] == "snapshelf-resnet50-w0.125" and card["training_data"].endswith("From torchvision weights x.pth.")
    embed, size = embed_with_onnx(tmp_path / "model.json")
    pictures = np.random.default_rng(3).integers(0, 256, (5, size, size, 3)).astype(np.uint8)
    mean, std = (np.array(card["input"][key], np.float32) for key in ("mean", "std"))
    images = torch.from_numpy(((pictures - mean) / std).transpose(0, 3, 1, 2))
    with torch.no_grad():
        cosines = (embed(pictures) * model(images).numpy()).sum(axis=1)
    assert cosines.min() > 0.9999
