// echarts.js: the parts of ECharts that the charts use; the bundler leaves the others out.

import * as echarts from "echarts/core";
import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, DataZoomComponent, GridComponent, MarkAreaComponent, MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([
  CustomChart, LineChart, ScatterChart, AriaComponent, DataZoomComponent, GridComponent,
  MarkAreaComponent, MarkLineComponent, TooltipComponent, SVGRenderer,
]);

export { echarts };
