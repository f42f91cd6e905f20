/**
 * The classes of the other families that are made of BEiT's block. They share BEiT's code: what differs is the config's
 * `modelType`. Source: the modeling files of transformers 5.24.
 */
import { BeitBackbone } from './beitBackbone.ts';
import { BeitForImageClassification } from './beitForImageClassification.ts';
import { BeitForSemanticSegmentation } from './beitForSemanticSegmentation.ts';
import { BeitModel } from './beitModel.ts';

/**
 * The bare ViT; `poolerOutput` is a linear layer and tanh over the class token.
 *
 * @example
 * const model = await ViTModel.fromPretrained('fixtures/models/vit');
 * const { lastHiddenState } = await model.forward({ pixelValues }); // dims [1, 1 + patches, hiddenSize]
 */
export class ViTModel extends BeitModel {}

/**
 * ViT with a linear classifier over its class token.
 *
 * @example
 * const model = await ViTForImageClassification.fromPretrained('fixtures/models/vit_cls');
 * const { logits } = await model.forward({ pixelValues }); // dims [1, numLabels]
 */
export class ViTForImageClassification extends BeitForImageClassification {}

/**
 * The encoder of a masked autoencoder. All patches go in: nothing is masked or shuffled.
 *
 * @example
 * const model = await ViTMAEModel.fromPretrained('fixtures/models/vit_mae');
 * const { lastHiddenState } = await model.forward({ pixelValues });
 */
export class ViTMAEModel extends BeitModel {}

/**
 * The bare encoder of a masked siamese network.
 *
 * @example
 * const model = await ViTMSNModel.fromPretrained('fixtures/models/vit_msn');
 * const { lastHiddenState } = await model.forward({ pixelValues });
 */
export class ViTMSNModel extends BeitModel {}

/**
 * A masked siamese network with a linear classifier over its class token.
 *
 * @example
 * const model = await ViTMSNForImageClassification.fromPretrained('fixtures/models/vit_msn');
 * const { logits } = await model.forward({ pixelValues });
 */
export class ViTMSNForImageClassification extends BeitForImageClassification {}

/**
 * The bare DeiT: a ViT with a distillation token behind the class token.
 *
 * @example
 * const model = await DeiTModel.fromPretrained('fixtures/models/deit');
 * const { lastHiddenState } = await model.forward({ pixelValues }); // dims [1, 2 + patches, hiddenSize]
 */
export class DeiTModel extends BeitModel {}

/**
 * DeiT with one linear classifier over its class token.
 *
 * @example
 * const model = await DeiTForImageClassification.fromPretrained('fixtures/models/deit_cls');
 * const { logits } = await model.forward({ pixelValues });
 */
export class DeiTForImageClassification extends BeitForImageClassification {}

/**
 * The bare DINOv2; `poolerOutput` is its class token.
 *
 * @example
 * const model = await Dinov2Model.fromPretrained('fixtures/models/dinov2');
 * const { poolerOutput } = await model.forward({ pixelValues }); // dims [1, hiddenSize]
 */
export class Dinov2Model extends BeitModel {}

/**
 * DINOv2 with a linear classifier over the class token beside the mean of the patch tokens.
 *
 * @example
 * const model = await Dinov2ForImageClassification.fromPretrained('fixtures/models/dinov2_cls');
 * const { logits } = await model.forward({ pixelValues });
 */
export class Dinov2ForImageClassification extends BeitForImageClassification {}

/**
 * DINOv2 as normalized feature maps.
 *
 * @example
 * const model = await Dinov2Backbone.fromPretrained('fixtures/models/dinov2_backbone');
 * const { featureMaps } = await model.forward({ pixelValues });
 */
export class Dinov2Backbone extends BeitBackbone {}

/**
 * The bare DINOv2 with register tokens between the class token and the patches.
 *
 * @example
 * const model = await Dinov2WithRegistersModel.fromPretrained('fixtures/models/dinov2_registers');
 * const { poolerOutput } = await model.forward({ pixelValues });
 */
export class Dinov2WithRegistersModel extends BeitModel {}

/**
 * DINOv2 with registers and a classifier.
 *
 * @example
 * const model = await Dinov2WithRegistersForImageClassification.fromPretrained('fixtures/models/dinov2_registers_cls');
 * const { logits } = await model.forward({ pixelValues });
 */
export class Dinov2WithRegistersForImageClassification extends BeitForImageClassification {}

/**
 * DINOv2 with registers as feature maps; registers are not part of them.
 *
 * @example
 * const model = await Dinov2WithRegistersBackbone.fromPretrained('fixtures/models/dinov2_registers_backbone');
 * const { featureMaps } = await model.forward({ pixelValues });
 */
export class Dinov2WithRegistersBackbone extends BeitBackbone {}

/**
 * data2vec's vision encoder, which is a BEiT under names of its own.
 *
 * @example
 * const model = await Data2VecVisionModel.fromPretrained('fixtures/models/data2vec_cls', { addPoolingLayer: false });
 * const { lastHiddenState } = await model.forward({ pixelValues });
 */
export class Data2VecVisionModel extends BeitModel {}

/**
 * data2vec's vision encoder with a classifier.
 *
 * @example
 * const model = await Data2VecVisionForImageClassification.fromPretrained('fixtures/models/data2vec_cls');
 * const { logits } = await model.forward({ pixelValues });
 */
export class Data2VecVisionForImageClassification extends BeitForImageClassification {}

/**
 * data2vec's vision encoder with the segmentation head of BEiT.
 *
 * @example
 * const model = await Data2VecVisionForSemanticSegmentation.fromPretrained('fixtures/models/seg');
 * const { logits } = await model.forward({ pixelValues });
 */
export class Data2VecVisionForSemanticSegmentation extends BeitForSemanticSegmentation {}
