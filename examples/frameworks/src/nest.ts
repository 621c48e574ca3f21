import 'reflect-metadata'
import type { Server } from 'node:http'
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Inject,
  Injectable,
  Module,
  Req,
  UseGuards,
} from '@nestjs/common'
import { NestFactory, Reflector } from '@nestjs/core'
import { OAuth2Server } from '@oauth2-kit/core'
import type { Request, Response } from 'express'
import { pages } from './oauth'

/** The scope that a route needs. */
const Scope = Reflector.createDecorator<string>()

/** Lets a request pass if its access token is valid and has the scope of the route. */
@Injectable()
class TokenGuard implements CanActivate {
  constructor(
    @Inject(OAuth2Server) private readonly oauth: OAuth2Server,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp()
    const request = http.getRequest<Request>()
    const scope = this.reflector.get(Scope, context.getHandler())
    const { user, response } = await this.oauth.authenticate(request, { scope })
    if (response) {
      http.getResponse<Response>().set(response.headers)
      throw new HttpException(JSON.parse(response.body || '{}'), response.status)
    }
    request.user = user as Express.User
    return true
  }
}

@Controller('api')
@UseGuards(TokenGuard)
class ApiController {
  @Get('me')
  @Scope('profile')
  me(@Req() request: Request): unknown {
    return request.user ?? {}
  }
}

@Module({ controllers: [ApiController] })
class AppModule {}

/** Returns the provider and a protected resource on NestJS. */
export async function onNest(oauth: OAuth2Server): Promise<Server> {
  const providers = [{ provide: OAuth2Server, useValue: oauth }]
  const app = await NestFactory.create({ module: AppModule, providers }, { logger: ['error'] })
  app.use(oauth.router(pages))
  await app.init()
  return app.getHttpServer() as Server
}
